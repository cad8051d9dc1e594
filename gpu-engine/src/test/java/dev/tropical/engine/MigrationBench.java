package dev.tropical.engine;

import dev.tropical.protocol.wire.DecodePlacement;
import dev.tropical.protocol.wire.EngineInfo;
import dev.tropical.protocol.wire.SequenceKey;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * What moving sequences between two engine processes on two GPUs takes, in InternLM2.5-20B's
 * dimensions: how long a sequence waits, what the receiver's other sequences notice, and what is
 * left behind when one of the two is killed. Arguments: {@code move}, {@code kill N} or both;
 * {@code copy} for links by copies; {@code sender} or {@code receiver} to kill always that one, so
 * that one process survives all kills, otherwise they are killed in turn.
 */
public final class MigrationBench implements AutoCloseable {
    private static final int VOCAB = 92544;
    private static final int RESIDENTS = 32;
    private static final int REPEATS = 5;
    private static final int KILL_LAYERS = 8;
    private static final int WAIT_SECONDS = 60;

    /** What the engines get to tell each other, and to open a link. */
    private static final int SETTLE_MS = 500;

    private final Path folder;
    private final int layers;
    private final String link;
    private final Random random = new Random(3);
    private final TestLane lane = new TestLane();
    private final File log;
    private EngineChild prefill;
    private EngineChild decode;
    private int requests;
    private int membersVersion = 1;

    public static void main(String[] args) throws Exception {
        List<String> wanted = Arrays.asList(args);
        String link = wanted.contains("copy") ? "copy" : "nccl";
        if (wanted.contains("move")) {
            try (MigrationBench bench = new MigrationBench(48, link)) {
                bench.move(8192);
                bench.move(32000);
                bench.disturb();
            }
        }
        if (wanted.contains("kill")) {
            int kills = Integer.parseInt(wanted.get(wanted.indexOf("kill") + 1));
            try (MigrationBench bench = new MigrationBench(KILL_LAYERS, link)) {
                bench.kill(kills, wanted);
            }
        }
    }

    private MigrationBench(int layers, String link) throws Exception {
        this.layers = layers;
        this.link = link;
        folder = Files.createTempDirectory("migration");
        log = new File(System.getProperty("java.io.tmpdir"), "migration-" + layers + ".log");
        Files.writeString(folder.resolve("config.json"), config());
        prefill = start("p");
        decode = start("d");
        connect(prefill);
        connect(decode);
        lane.readUntil(() -> lane.status.size() == 2, WAIT_SECONDS);
    }

    private String config() {
        return """
        {"architectures": ["InternLM2ForCausalLM"], "hidden_size": 6144,
         "intermediate_size": 16384, "num_hidden_layers": %d, "num_attention_heads": 48,
         "num_key_value_heads": 8, "vocab_size": %d, "max_position_embeddings": 33024,
         "rms_norm_eps": 1e-5, "rope_theta": 1000000, "bias": false, "torch_dtype": "bfloat16",
         "tie_word_embeddings": false, "eos_token_id": 2}
        """
                .formatted(layers, VOCAB);
    }

    private EngineChild start(String id) throws Exception {
        boolean isPrefill = id.equals("p");
        return EngineChild.start(
                log,
                "--engine-id",
                id,
                "--role",
                isPrefill ? "prefill" : "decode",
                "--model",
                folder.toString(),
                "--load-format",
                "dummy",
                "--device",
                "cuda",
                "--gpu",
                isPrefill ? "0" : "1",
                "--max-model-len",
                "33024",
                "--max-num-seqs",
                Integer.toString(RESIDENTS + 8),
                "--kv-cache-bytes",
                Long.toString(40L << 30),
                "--kv-link",
                link,
                "--no-enable-prefix-caching");
    }

    private List<EngineInfo> infos() {
        return List.of(prefill.info, decode.info);
    }

    private void connect(EngineChild engine) {
        lane.connect(engine.info, infos());
    }

    private int[] prompt(int length) {
        return random.ints(length, 3, VOCAB).toArray();
    }

    private SequenceKey submit(String engine, int length, int tokens, DecodePlacement placement) {
        return lane.submit(engine, "r" + requests++, prompt(length), tokens, placement);
    }

    /** From a sequence's first token, the sender's, to its second, less a step of the receiver. */
    private void move(int length) {
        double[] waits = new double[REPEATS];
        double[] prefills = new double[REPEATS];
        for (int i = -1; i < REPEATS; i++) {
            long startNs = System.nanoTime();
            SequenceKey key = submit("p", length, 20, DecodePlacement.DECODE_PEER);
            lane.readUntil(() -> lane.finished.containsKey(key), WAIT_SECONDS);
            double[] gaps = gaps(lane.tokenTimesNs.get(key));
            double[] steps = Arrays.copyOfRange(gaps, 3, gaps.length);
            Arrays.sort(steps);
            waits[Math.max(i, 0)] = gaps[0] - steps[steps.length / 2];
            prefills[Math.max(i, 0)] = (lane.tokenTimesNs.get(key).get(0) - startNs) / 1e6;
            System.out.printf(
                    Locale.ROOT,
                    "%d tokens to %s: gap %.2f ms, step %.2f ms, prefill %.1f ms%n",
                    length,
                    lane.movedTo.get(key),
                    gaps[0],
                    steps[steps.length / 2],
                    (lane.tokenTimesNs.get(key).get(0) - startNs) / 1e6);
        }
        Arrays.sort(waits);
        Arrays.sort(prefills);
        result("exposed-" + length + "-ms", waits[REPEATS / 2], "<=5");
        result("prefill-" + length + "-ms", prefills[REPEATS / 2], "");
    }

    private static double[] gaps(List<Long> timesNs) {
        double[] gaps = new double[timesNs.size() - 1];
        for (int i = 0; i < gaps.length; i++) {
            gaps[i] = (timesNs.get(i + 1) - timesNs.get(i)) / 1e6;
        }
        return gaps;
    }

    /** Steps of the receiver's residents, alone and while the sender prefills without pause. */
    private void disturb() {
        List<SequenceKey> residents = new ArrayList<>();
        for (int i = 0; i < RESIDENTS; i++) {
            residents.add(submit("d", 1024, 4000, DecodePlacement.DECODE_HERE));
        }
        SequenceKey watched = residents.get(RESIDENTS - 1);
        lane.readUntil(() -> tokens(watched) > 20, WAIT_SECONDS);
        double[] before = steps(watched, 400, List.of());
        List<SequenceKey> moving = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            moving.add(submit("p", 8192, 2, DecodePlacement.DECODE_PEER));
        }
        lane.readUntil(() -> lane.finished.containsKey(moving.get(0)), WAIT_SECONDS);
        double[] disturbed = steps(watched, 400, moving);
        moving.forEach(lane::cancel);
        lane.readFor(1000);
        // Contexts have grown: what is compared with is the mean of before and after.
        double[] after = steps(watched, 400, List.of());
        residents.forEach(lane::cancel);
        double mean = (mean(before) + mean(after)) / 2;
        double p99 = (percentile(before, 0.99) + percentile(after, 0.99)) / 2;
        result("step-mean-before-ms", mean(before), "");
        result("step-mean-disturbed-ms", mean(disturbed), "");
        result("step-mean-after-ms", mean(after), "");
        result("step-mean-ratio", mean(disturbed) / mean, "<=1.03");
        result("step-p99-ms", p99, "");
        result("step-p99-ratio", percentile(disturbed, 0.99) / p99, "<=1.1");
        lane.readFor(2000);
    }

    private int tokens(SequenceKey key) {
        return lane.tokens.getOrDefault(key, List.of()).size();
    }

    private double[] steps(SequenceKey key, int count, List<SequenceKey> moving) {
        int from = tokens(key);
        long movedBefore = moving.stream().filter(lane.finished::containsKey).count();
        lane.readUntil(() -> tokens(key) >= from + count, WAIT_SECONDS);
        long moved = moving.stream().filter(lane.finished::containsKey).count() - movedBefore;
        System.out.println(count + " steps, " + moved + " sequences moved meanwhile");
        List<Long> times = lane.tokenTimesNs.get(key);
        return gaps(times.subList(times.size() - count, times.size()));
    }

    private static double mean(double[] values) {
        return Arrays.stream(values).average().orElseThrow();
    }

    private static double percentile(double[] values, double share) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[(int) (share * (sorted.length - 1))];
    }

    /** Kills one of the two in the middle of a transfer, again and again. */
    private void kill(int kills, List<String> wanted) throws Exception {
        SequenceKey first = submit("p", 8192, 4, DecodePlacement.DECODE_PEER);
        lane.readUntil(() -> lane.finished.containsKey(first), WAIT_SECONDS);
        SequenceKey second = submit("p", 8192, 4, DecodePlacement.DECODE_PEER);
        lane.readUntil(() -> lane.finished.containsKey(second), WAIT_SECONDS);
        int bad = 0;
        long[] before = {-1, -1};
        for (int i = 0; i < kills; i++) {
            boolean isSenderKilled =
                    wanted.contains("sender") || (i % 2 == 0 && !wanted.contains("receiver"));
            submit("p", 32000, 4, DecodePlacement.DECODE_PEER);
            lane.readFor(150 + random.nextInt(200));
            (isSenderKilled ? prefill : decode).kill();
            String survivor = isSenderKilled ? "d" : "p";
            lane.readFor(SETTLE_MS);
            lane.readUntil(() -> isFree(survivor), WAIT_SECONDS);
            lane.readFor(SETTLE_MS);
            int gpu = isSenderKilled ? 1 : 0;
            long used = usedMebibytes(gpu, isSenderKilled ? decode : prefill);
            before[gpu] = before[gpu] < 0 ? used : before[gpu];
            bad += used > before[gpu] + 16 ? 1 : 0;
            System.out.printf(
                    "killed %s: %s has all blocks, GPU %d %d MiB (first time %d)%n",
                    isSenderKilled ? "p" : "d", survivor, gpu, used, before[gpu]);
            restart(isSenderKilled);
        }
        result("kills-with-memory-lost", bad, "0");
    }

    private boolean isFree(String engine) {
        return lane.status.get(engine).getBlocksFree() == lane.status.get(engine).getBlocksTotal()
                && lane.status.get(engine).getBlocksReserved() == 0;
    }

    private void restart(boolean isSender) throws Exception {
        membersVersion++;
        if (isSender) {
            prefill = start("p");
        } else {
            decode = start("d");
        }
        connect(isSender ? prefill : decode);
        lane.members("p", membersVersion, infos());
        lane.members("d", membersVersion, infos());
        lane.readFor(SETTLE_MS);
        for (int i = 0; i < 2; i++) {
            SequenceKey key = submit("p", 4096, 4, DecodePlacement.DECODE_PEER);
            lane.readUntil(() -> lane.finished.containsKey(key), WAIT_SECONDS);
            lane.readFor(SETTLE_MS);
        }
    }

    /** Of a process, where the driver tells, so that another bench may run beside this one. */
    private static long usedMebibytes(int gpu, EngineChild engine) throws Exception {
        List<String> own =
                smi("--query-compute-apps=pid,used_memory").stream()
                        .filter(line -> line.matches(engine.pid() + ", \\d+"))
                        .toList();
        List<String> lines = own.isEmpty() ? smi("--query-gpu=index,memory.used") : own;
        String key = (own.isEmpty() ? gpu : engine.pid()) + ", ";
        return lines.stream()
                .filter(line -> line.startsWith(key))
                .mapToLong(line -> Long.parseLong(line.substring(key.length())))
                .sum();
    }

    private static List<String> smi(String query) throws Exception {
        Process smi =
                new ProcessBuilder("nvidia-smi", query, "--format=csv,noheader,nounits").start();
        return new String(smi.getInputStream().readAllBytes()).lines().toList();
    }

    private static void result(String key, double value, String aim) {
        String suffix = aim.isEmpty() ? "" : " aim=" + aim;
        System.out.printf(Locale.ROOT, "RESULT migration.%s=%.3f%s%n", key, value, suffix);
    }

    @Override
    public void close() {
        lane.close();
        prefill.close();
        decode.close();
    }
}
