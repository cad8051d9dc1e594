package dev.tropical.engine.cuda;

import dev.tropical.engine.model.DType;
import dev.tropical.engine.model.LoadFormat;
import dev.tropical.engine.model.ModelConfig;
import dev.tropical.engine.model.RunnerOptions;
import dev.tropical.protocol.wire.SamplingParams;
import dev.tropical.scheduling.batch.StepPlan;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Writes the logits that the engine computes for a given text, for parity.py to compare: in windows
 * of positions, by each way that a token can take. A model's folder holds {@code tokens.bin}
 * (int32, little endian) beside its weights and gets {@code logits.bin}: for each row its {@link
 * Way}'s number and its position as int32, then float32 {@code [vocab]}.
 */
final class ParityRun implements AutoCloseable {
    private static final int BLOCK = 16;
    private static final int COPIES = 37;
    private static final int LONG_CHUNK = 512;
    private static final int SHORT_CHUNK = 17;
    private static final long STEP_TIMEOUT_NS = 60_000_000_000L;

    /** How a window's tokens are given to the engine. */
    private enum Way {
        /** One prompt's chunk. */
        LONG_CHUNK,
        /** Single tokens, by the captured graph. */
        SINGLE,
        SHORT_CHUNKS,
        /** Prompts of different lengths in one step, on the blocks of one prefix. */
        RAGGED_CHUNKS,
        /** The next token of each of those, in one step by the captured graph. */
        RAGGED_SINGLE
    }

    private final int[] tokens;
    private final int vocab;
    private final int headDim;
    private final CudaModelRunner runner;
    private final FileChannel out;
    private final boolean losesBlockEdges;
    private long stepNumber;

    private ParityRun(Path folder, DType type, int[] windows, boolean losesBlockEdges)
            throws Exception {
        tokens = read(folder.resolve("tokens.bin"));
        int maxLen = windows[windows.length - 1] + LONG_CHUNK + BLOCK;
        int blocks = maxLen / BLOCK + COPIES * (LONG_CHUNK / BLOCK + 1);
        RunnerOptions limits =
                new RunnerOptions(LoadFormat.AUTO, maxLen, BLOCK, blocks, 0, 0.9, COPIES, 2048);
        CudaOptions options = new CudaOptions(limits, type, 0, GpuTests.KERNELS);
        runner = (CudaModelRunner) CudaBackend.load(folder, options);
        vocab = runner.spec().vocabSize();
        headDim = ModelConfig.read(folder).headDim();
        this.losesBlockEdges = losesBlockEdges;
        out =
                FileChannel.open(
                        folder.resolve("logits.bin"),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE);
    }

    /** {@code bf16|float32[-lost-keys] WINDOW,WINDOW... FOLDER...} */
    public static void main(String[] args) throws Exception {
        int[] windows = Arrays.stream(args[1].split(",")).mapToInt(Integer::parseInt).toArray();
        DType type = args[0].startsWith("float32") ? DType.F32 : DType.BF16;
        for (String folder : Arrays.asList(args).subList(2, args.length)) {
            try (ParityRun run =
                    new ParityRun(Path.of(folder), type, windows, args[0].endsWith("lost-keys"))) {
                for (int window : windows) {
                    run.window(window);
                }
            }
            System.out.println("computed " + folder);
        }
    }

    private static int[] read(Path file) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file));
        int[] values = new int[bytes.remaining() / Integer.BYTES];
        bytes.order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().get(values);
        return values;
    }

    private void window(int first) throws Exception {
        for (int slot = 0; slot < COPIES; slot++) {
            runner.bind(slot, greedy(), new int[] {0}, new int[0]);
        }
        for (int start = 0; start < first; start += LONG_CHUNK) {
            run(List.of(entry(0, first, start, Math.min(LONG_CHUNK, first - start))));
        }
        // A window's keys and values are computed anew each way, on the same prefix.
        run(List.of(entry(0, first, first, LONG_CHUNK)));
        write(Way.LONG_CHUNK, 0, first + LONG_CHUNK - 1);
        for (int i = 0; i < COPIES; i++) {
            run(List.of(entry(0, first, first + i, 1)));
            write(Way.SINGLE, 0, first + i);
        }
        for (int at = first; at + SHORT_CHUNK <= first + COPIES; at += SHORT_CHUNK) {
            run(List.of(entry(0, first, at, SHORT_CHUNK)));
            write(Way.SHORT_CHUNKS, 0, at + SHORT_CHUNK - 1);
        }
        ragged(first);
        for (int slot = 0; slot < COPIES; slot++) {
            runner.release(slot);
        }
    }

    private void ragged(int first) throws Exception {
        List<StepPlan.Entry> chunks = new ArrayList<>();
        List<StepPlan.Entry> singles = new ArrayList<>();
        for (int slot = 0; slot < COPIES; slot++) {
            chunks.add(entry(slot, first, first, slot + 1));
            singles.add(entry(slot, first, first + slot + 1, 1));
        }
        run(chunks);
        for (int slot = 0; slot < COPIES; slot++) {
            write(Way.RAGGED_CHUNKS, slot, first + slot);
        }
        run(singles);
        for (int slot = 0; slot < COPIES; slot++) {
            write(Way.RAGGED_SINGLE, slot, first + slot + 1);
        }
    }

    /** The window's prefix lies in the same blocks for all slots, what follows in their own. */
    private StepPlan.Entry entry(int slot, int prefix, int start, int length) {
        int shared = prefix / BLOCK;
        int[] table = new int[(start + length - 1) / BLOCK + 1];
        int firstOwn =
                runner.spec().maxModelLen() / BLOCK + slot * (LONG_CHUNK / BLOCK + 1) - shared;
        // Falling: neighbours in a sequence are none in memory.
        Arrays.setAll(table, i -> i < shared ? shared - 1 - i : firstOwn + i);
        int[] own = Arrays.copyOfRange(tokens, start, start + length);
        return new StepPlan.Entry(slot, own, false, start, length, table, true);
    }

    private void run(List<StepPlan.Entry> entries) throws InterruptedException {
        runner.launch(new StepPlan(stepNumber++, entries));
        if (runner.poll(STEP_TIMEOUT_NS).isEmpty()) {
            throw new IllegalStateException(
                    "a step did not end within " + STEP_TIMEOUT_NS + " ns (expected: one second)");
        }
        if (losesBlockEdges) {
            entries.forEach(this::loseKeys);
        }
    }

    /** A planted fault: the last key and value of each filled block are zeros. */
    private void loseKeys(StepPlan.Entry entry) {
        int rowBytes = headDim * runner.kvType().bytes();
        for (int i = 0; i < (entry.start() + entry.length()) / BLOCK; i++) {
            int last = (BLOCK - 1) * rowBytes;
            for (int at = last; at < runner.spec().blockBytes(); at += BLOCK * rowBytes) {
                runner.writeBlock(entry.blockTable()[i], at, ByteBuffer.allocate(rowBytes));
            }
        }
    }

    private void write(Way way, int row, int position) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(8 + Float.BYTES * vocab);
        bytes.order(ByteOrder.LITTLE_ENDIAN).putInt(way.ordinal()).putInt(position);
        runner.readLogits(row, bytes.asFloatBuffer());
        bytes.rewind();
        while (bytes.hasRemaining()) {
            out.write(bytes);
        }
    }

    private static SamplingParams greedy() {
        return RunnerHarness.greedy().build();
    }

    @Override
    public void close() throws IOException {
        out.close();
        runner.close();
    }
}
