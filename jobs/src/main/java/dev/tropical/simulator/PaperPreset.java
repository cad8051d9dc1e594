package dev.tropical.simulator;

import dev.tropical.protocol.wire.StepCost;
import dev.tropical.scheduling.batch.BatchConfig;
import dev.tropical.scheduling.routing.DistServePolicy;
import dev.tropical.scheduling.routing.QueueTimeout;
import dev.tropical.scheduling.routing.RoutingPolicy;
import dev.tropical.scheduling.routing.TropicalOptions;
import dev.tropical.scheduling.routing.TropicalPolicy;
import dev.tropical.scheduling.routing.VllmPolicy;
import java.io.IOException;
import java.util.List;
import java.util.function.Supplier;

/**
 * The published comparison of arXiv 2606.16264: InternLM2.5-20B with tp 2 on A100-80GB, four
 * engines, Mooncake's synthetic lengths up to 32k tokens, Poisson arrivals, TPOT objective 100 ms,
 * TTFT objective five times the own unloaded prefill.
 */
public final class PaperPreset {
    /** Requests a second. */
    public static final List<Double> RATES = List.of(0.8, 1.0, 1.2, 1.4, 1.6, 1.8);

    /** Longest prompt. */
    public static final int MAX_PROMPT_TOKENS = 32_768;

    /**
     * Seconds. Prefill as published: 1.499e-9 L^2 + 9.395e-5 L + 0.05. A decode step is 16.0 ms +
     * 0.0534 ms a sequence + 5.98e-8 s a context token by the sum of measured operators (A100,
     * heads 24/4), without host time; 14 ms of host time a step are fitted to the published TPOT of
     * DistServe at the lowest rate, for all systems alike. What is left of the 50 ms is the fixed
     * part of steps with prompt tokens.
     */
    public static final StepCost COST =
            StepCost.newBuilder()
                    .setA(0.030)
                    .setAPf(0.020)
                    .setCPf(9.395e-5)
                    .setCAttn(2 * 1.499e-9)
                    .setC0(5.34e-5)
                    .setC1(5.98e-8)
                    .build();

    private static final long TPOT_NS = 100_000_000;
    private static final double TTFT_FACTOR = 5;

    /** 460,000 tokens of KV: what 40 GB of weights leave of two 80 GB chips at 192 KiB a token. */
    private static final int BLOCK_SIZE = 64;

    private static final int NUM_BLOCKS = 460_000 / BLOCK_SIZE;

    private static final int MAX_NUM_SEQS = 256;
    private static final int MAX_MODEL_LEN = 65_536;

    /** Holds the longest prompt: the colocated baseline batches prompts up to its context. */
    private static final int WHOLE_PROMPTS = MAX_PROMPT_TOKENS + MAX_NUM_SEQS;

    /** vLLM's default for chunked prefill at the time. */
    private static final int CHUNKED_BUDGET = 512;

    /** This project's default for decode engines. */
    static final int DECODE_BUDGET = 2_048;

    /** Between processes of one host, and NVLink at 100 GB/s a chip pair, two pairs: 192 KiB. */
    private static final SystemSpec.Timing TIMING =
            new SystemSpec.Timing(1_000_000, 5_000_000, 983, false, 1, 0);

    private static final SystemSpec.Timing RESERVED_AT_START =
            new SystemSpec.Timing(
                    TIMING.messageNs(),
                    TIMING.migrationNs(),
                    TIMING.migrationNsPerToken(),
                    true,
                    TIMING.predictionFactor(),
                    TIMING.stepNoise());

    private PaperPreset() {}

    /** The workload. */
    static Workload workload() throws IOException {
        return new Workload(TraceReader.mooncake(), COST, TTFT_FACTOR, TPOT_NS)
                .withPromptsUpTo(MAX_PROMPT_TOKENS);
    }

    /** The four systems in the published order, on hardware of that cost. */
    public static List<SystemSpec> systems(StepCost cost) {
        return List.of(
                tropical(TropicalOptions.DEFAULT, DECODE_BUDGET, cost),
                distServe(cost),
                vllm("vLLM", WHOLE_PROMPTS, false, cost),
                vllm("vLLM chunked", CHUNKED_BUDGET, true, cost));
    }

    /** What the paper did not compare: other settings of each system, and parts left out. */
    public static List<SystemSpec> variants(StepCost cost) {
        TropicalOptions options = TropicalOptions.DEFAULT;
        TropicalOptions unmultiplexed =
                options.with(new TropicalOptions.Multiplexing(0.85, 0.87, 0));
        SystemSpec tropical = tropical(options, DECODE_BUDGET, cost);
        return List.of(
                tropical(options, 512, cost).named("Tropical, 512 tokens a step on D"),
                tropical(options, 8_192, cost).named("Tropical, 8192 tokens a step on D"),
                tropical(options.with(TropicalOptions.StallTest.WHOLE_PREFILL), 512, cost)
                        .named("Tropical, published stall test, 512 tokens a step on D"),
                tropical(options.with(TropicalOptions.PrefillAdmission.STRICT), DECODE_BUDGET, cost)
                        .named("Tropical, strict admission"),
                tropical.with(RESERVED_AT_START).named("Tropical, blocks reserved at the start"),
                tropical(unmultiplexed, DECODE_BUDGET, cost)
                        .named("Tropical without multiplexing (DistServe, shortest first)"),
                vllm("vLLM chunked, 1024", 1_024, true, cost),
                vllm("vLLM chunked, 2048", 2_048, true, cost),
                vllm("vLLM chunked, 4096", 4_096, true, cost),
                vllm("vLLM chunked, 8192", 8_192, true, cost));
    }

    /** The multiplexing system with two engines of each role. */
    static SystemSpec tropical(TropicalOptions options, int decodeBudget, StepCost cost) {
        return split("Tropical", () -> new TropicalPolicy(options), decodeBudget, cost);
    }

    /** Prefill on two engines, first come first served, decode on two. */
    static SystemSpec distServe(StepCost cost) {
        return split("DistServe", () -> new DistServePolicy(QueueTimeout.OFF), DECODE_BUDGET, cost);
    }

    private static SystemSpec split(
            String name, Supplier<RoutingPolicy> policy, int decodeBudget, StepCost cost) {
        return new SystemSpec(
                name,
                policy,
                new SystemSpec.Engines(2, limits(WHOLE_PROMPTS, true, 1)),
                new SystemSpec.Engines(2, limits(decodeBudget, true, MAX_NUM_SEQS)),
                new SystemSpec.Hardware(cost, NUM_BLOCKS, BLOCK_SIZE),
                TIMING);
    }

    /** Four engines that prefill and decode. */
    static SystemSpec vllm(String name, int budget, boolean isChunked, StepCost cost) {
        return new SystemSpec(
                name,
                () -> new VllmPolicy(QueueTimeout.OFF),
                new SystemSpec.Engines(0, limits(budget, isChunked, MAX_NUM_SEQS)),
                new SystemSpec.Engines(4, limits(budget, isChunked, MAX_NUM_SEQS)),
                new SystemSpec.Hardware(cost, NUM_BLOCKS, BLOCK_SIZE),
                TIMING);
    }

    private static BatchConfig limits(int budget, boolean isChunked, int maxPrefills) {
        return new BatchConfig(budget, MAX_NUM_SEQS, MAX_MODEL_LEN, isChunked, maxPrefills, 0);
    }
}
