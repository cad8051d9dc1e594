package dev.tropical.engine;

import dev.tropical.engine.cuda.BenchModels;
import dev.tropical.engine.cuda.BenchResults;
import dev.tropical.engine.cuda.StepLimit;
import dev.tropical.protocol.wire.DecodePlacement;
import dev.tropical.protocol.wire.EngineInfo;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/**
 * Output tokens a second of an engine through its own socket: requests of distinct random prompts,
 * all sent at once, each to its last token, no prefix cache. Beside it the limit that is composed
 * of the same model's products, attention and decode steps, timed in the same run.
 */
final class ServingBench {
    private static final int REQUESTS = 256;
    private static final int PROMPT_TOKENS = 512;
    private static final int OUTPUT_TOKENS = 128;
    private static final int STEP_TOKENS = 8192;
    private static final int ROUNDS = 3;
    private static final double AIM_TOKENS_PER_SECOND = 6_800;
    private static final double AIM_SHARE = 0.85;
    private static final int TIMEOUT_S = 60;

    private final Random random = new Random(11);

    private ServingBench() {}

    public static void main(String[] args) throws Exception {
        BenchResults results = new BenchResults("cuda-serving");
        double best = new ServingBench().tokensPerSecond(results);
        double limit =
                REQUESTS
                        * OUTPUT_TOKENS
                        / new StepLimit(BenchModels.named("8b", 1024))
                                .seconds(REQUESTS, PROMPT_TOKENS, OUTPUT_TOKENS, STEP_TOKENS);
        results.add("limit-tokens-per-s", limit);
        results.atLeast("tokens-per-s", best, AIM_TOKENS_PER_SECOND);
        results.atLeast("share-of-limit", best / limit, AIM_SHARE);
        System.exit(results.exitCode());
    }

    /** The median of some rounds, after one to warm up. */
    private double tokensPerSecond(BenchResults results) throws Exception {
        Path folder = Files.createTempDirectory("model");
        Files.writeString(folder.resolve("config.json"), config());
        double[] rates = new double[ROUNDS];
        try (TestEngines engines = new TestEngines()) {
            EngineInfo engine =
                    engines.start(
                            "serving",
                            "--model",
                            folder.toString(),
                            "--device",
                            "cuda",
                            "--load-format",
                            "dummy",
                            "--role",
                            "decode",
                            "--max-model-len",
                            "1024",
                            "--max-num-seqs",
                            Integer.toString(REQUESTS),
                            "--max-num-batched-tokens",
                            Integer.toString(STEP_TOKENS),
                            "--no-enable-prefix-caching");
            TestLane lane = engines.connect();
            for (int round = -1; round < ROUNDS; round++) {
                double rate = round(lane, engine.getEngineId(), round);
                results.add("round" + (round + 1) + "-tokens-per-s", rate);
                rates[Math.max(0, round)] = rate;
            }
        } finally {
            Files.delete(folder.resolve("config.json"));
            Files.delete(folder);
        }
        java.util.Arrays.sort(rates);
        return rates[ROUNDS / 2];
    }

    private double round(TestLane lane, String engineId, int round) {
        int finishedBefore = lane.finished.size();
        List<int[]> prompts = new java.util.ArrayList<>();
        for (int i = 0; i < REQUESTS; i++) {
            prompts.add(random.ints(PROMPT_TOKENS, 0, 128_000).toArray());
        }
        long startNs = System.nanoTime();
        for (int i = 0; i < REQUESTS; i++) {
            lane.submit(
                    engineId,
                    "r" + round + "-" + i,
                    prompts.get(i),
                    OUTPUT_TOKENS,
                    DecodePlacement.DECODE_HERE);
        }
        lane.readUntil(() -> lane.finished.size() == finishedBefore + REQUESTS, TIMEOUT_S);
        double seconds = (System.nanoTime() - startNs) / 1e9;
        int tokens = 0;
        for (var key : lane.tokens.keySet()) {
            if (key.getRequestId().startsWith("r" + round + "-")) {
                tokens += lane.tokens.get(key).size();
            }
        }
        if (tokens != REQUESTS * OUTPUT_TOKENS || !lane.refused.isEmpty()) {
            throw new IllegalStateException(
                    tokens
                            + " tokens, refused: "
                            + lane.refused
                            + " (expected: "
                            + REQUESTS * OUTPUT_TOKENS
                            + ")");
        }
        return tokens / seconds;
    }

    private static String config() {
        return """
        {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 4096,
         "intermediate_size": 14336, "num_hidden_layers": 32, "num_attention_heads": 32,
         "num_key_value_heads": 8, "vocab_size": 128256, "max_position_embeddings": 8192,
         "rms_norm_eps": 1e-5, "rope_theta": 500000.0, "hidden_act": "silu",
         "tie_word_embeddings": false, "torch_dtype": "bfloat16"}
        """;
    }
}
