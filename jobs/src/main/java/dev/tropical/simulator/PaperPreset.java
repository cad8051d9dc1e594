package dev.tropical.simulator;

import dev.tropical.protocol.wire.StepCost;
import dev.tropical.scheduling.routing.TropicalOptions;
import dev.tropical.scheduling.routing.TropicalOptions.Multiplexing;
import dev.tropical.scheduling.routing.TropicalOptions.PrefillAdmission;
import dev.tropical.scheduling.routing.TropicalOptions.StallTest;
import java.io.IOException;
import java.util.List;

/**
 * The published comparisons of arXiv 2606.16264 on A100-80GB: Poisson arrivals, TPOT objective 100
 * ms, TTFT objective five times the own unloaded prefill. Nothing is set per row: one number, the
 * host's time of a step, is fitted, for all systems, models and workloads alike.
 */
public final class PaperPreset {
    /** Names of the modes, in the published order of the systems. */
    public static final List<String> MODES =
            List.of("tropical", "distserve", "vllm", "vllm-chunked");

    /** Longest Mooncake prompt. */
    public static final int MAX_PROMPT_TOKENS = 32_768;

    private static final int LONGEST_LONGBENCH_PROMPT = 66_560;
    private static final long TPOT_NS = 100_000_000;
    private static final double TTFT_FACTOR = 5;

    /**
     * Seconds of host time a step: fitted, to the mean JCT of Tropical and DistServe at the lowest
     * rate of the first comparison, where hardly anything waits.
     */
    private static final double HOST = 0.012;

    /** Bytes a second that measured operators read of an A100's memory: 80 % of what it has. */
    private static final double READ_BYTES = 0.8 * 2.039e12;

    /** Bytes a second that one chip sends of a KV transfer: of NVLink's 300e9 one way. */
    private static final double CHIP_BYTES = 250e9;

    /**
     * InternLM2.5-20B, tp 2; seconds. Prefill as published, 1.499e-9 L^2 + 9.395e-5 L, but for the
     * constant, which a fit to 100,000 tokens cannot tell: a step's own. A decode step is 16.0 ms +
     * 0.0534 ms a sequence by the sum of measured operators (heads 24/4), attention apart, and the
     * host's time.
     */
    public static final StepCost COST =
            cost(0.016 + HOST, 9.395e-5, 2 * 1.499e-9, 5.34e-5, attention(48, 24));

    /** The published prefill times with the constant of their fit: objectives are multiples. */
    private static final StepCost PUBLISHED = COST.toBuilder().setAPf(0.05 - COST.getA()).build();

    /**
     * Llama-2-70B, tp 4; seconds; the sum of measured operators (heads 16/2): prefill 1.834e-9 L^2
     * + 1.502e-4 L, decode 28.3 ms + 0.0823 ms a sequence; attention and the host's time as with
     * the other model.
     */
    private static final StepCost LLAMA_COST =
            cost(0.0283 + HOST, 1.502e-4, 2 * 1.834e-9, 8.23e-5, attention(80, 16));

    /** 460,000 tokens of KV: what 40 GB of weights leave of two 80 GB chips at 192 KiB a token. */
    private static final int INTERNLM_POOL = 460_000;

    private static final int INTERNLM_KV_BYTES = 192 << 10;

    /** What 138 GB of weights leave of 90 % of four 80 GB chips at 320 KiB a token. */
    private static final int LLAMA_POOL = 457_000;

    private static final int LLAMA_KV_BYTES = 320 << 10;

    private PaperPreset() {}

    private static StepCost cost(double a, double cPf, double cAttn, double c0, double c1) {
        return StepCost.newBuilder()
                .setA(a)
                .setCPf(cPf)
                .setCAttn(cAttn)
                .setC0(c0)
                .setC1(c1)
                .build();
    }

    /**
     * Seconds of decode attention a context token, on one chip: keys and values of 128 dimensions
     * of two bytes are read once for each query head, as by vLLM's paged attention, which had one
     * thread block a query head.
     */
    private static double attention(int layers, int headsOfChip) {
        return layers * headsOfChip * 128 * 2 * 2 / READ_BYTES;
    }

    /** InternLM2.5-20B on Mooncake's lengths: 2 prefill and 2 decode engines, or 4 colocated. */
    public static Comparison mooncake(StepCost cost) throws IOException {
        return new Comparison(
                "InternLM2.5-20B, tp 2, Mooncake's synthetic lengths",
                workload(TraceReader.mooncake(), objectives(cost), MAX_PROMPT_TOKENS),
                List.of(0.8, 1.0, 1.2, 1.4, 1.6, 1.8),
                systems(internLm(cost, 2, MAX_PROMPT_TOKENS)),
                PublishedTables.of(PublishedTables.INTERNLM_MOONCAKE));
    }

    /** All published comparisons. */
    public static List<Comparison> comparisons() throws IOException {
        List<TraceEntry> llama2 = TraceReader.named("longbench-llama2");
        List<TraceEntry> llama3 = TraceReader.named("longbench-llama3");
        Platform llama =
                new Platform(
                        LLAMA_COST,
                        LLAMA_POOL,
                        1,
                        nsPerToken(LLAMA_KV_BYTES, 4),
                        LONGEST_LONGBENCH_PROMPT);
        return List.of(
                mooncake(COST),
                new Comparison(
                        "Llama-2-70B, tp 4, LongBench's lengths",
                        workload(llama2, LLAMA_COST, LONGEST_LONGBENCH_PROMPT),
                        List.of(0.1, 0.2, 0.3, 0.4, 0.5),
                        systems(llama),
                        PublishedTables.of(PublishedTables.LLAMA_LONGBENCH)),
                new Comparison(
                        "InternLM2.5-20B, tp 2, LongBench's lengths",
                        workload(llama3, PUBLISHED, LONGEST_LONGBENCH_PROMPT),
                        List.of(0.4, 0.6, 0.8, 1.0, 1.2),
                        systems(internLm(COST, 2, LONGEST_LONGBENCH_PROMPT)),
                        PublishedTables.of(PublishedTables.INTERNLM_LONGBENCH)),
                new Comparison(
                        "InternLM2.5-20B, tp 2, LongBench's lengths, one engine of each role",
                        workload(llama3, PUBLISHED, LONGEST_LONGBENCH_PROMPT),
                        List.of(0.4, 0.6, 0.8, 1.0, 1.2),
                        systems(internLm(COST, 1, LONGEST_LONGBENCH_PROMPT)),
                        PublishedTables.of(PublishedTables.INTERNLM_LONGBENCH)));
    }

    /**
     * One mode on the first comparison's chips, with so many engines of each role.
     *
     * @param mode tropical, distserve, vllm or vllm-chunked
     * @throws IllegalArgumentException when it is none of these
     */
    public static SystemSpec system(String mode, StepCost cost, int pairs) {
        int index = MODES.indexOf(mode);
        if (index < 0) {
            throw new IllegalArgumentException(
                    "mode: " + mode + " (expected: " + String.join(", ", MODES) + ")");
        }
        return systems(internLm(cost, pairs, MAX_PROMPT_TOKENS)).get(index);
    }

    /** What the paper did not compare: other settings of each system, and parts left out. */
    public static Comparison variants(StepCost cost) throws IOException {
        return mooncake(cost)
                .of(
                        "Variants: InternLM2.5-20B, tp 2, Mooncake's synthetic lengths",
                        variants(internLm(cost, 2, MAX_PROMPT_TOKENS)));
    }

    private static List<SystemSpec> variants(Platform platform) {
        TropicalOptions options = TropicalOptions.DEFAULT;
        int budget = Platform.DECODE_BUDGET;
        SystemSpec tropical = platform.tropical(options, budget);
        return List.of(
                platform.tropical(options, 512).named("Tropical, 512 tokens a step on D"),
                platform.tropical(options, 8_192).named("Tropical, 8192 tokens a step on D"),
                platform.tropical(options.with(StallTest.WHOLE_PREFILL), 512)
                        .named("Tropical, published stall test, 512 tokens a step on D"),
                platform.tropical(options.with(PrefillAdmission.STRICT), budget)
                        .named("Tropical, strict admission"),
                tropical.with(platform.ownTransfer())
                        .named("Tropical, KV moves beside the decodes, blocks reserved first"),
                platform.distServe()
                        .with(platform.ownTransfer())
                        .named("DistServe, KV moves beside the decodes"),
                platform.tropical(options.with(new Multiplexing(0.85, 0.87, 0)), budget)
                        .named("DistServe, shortest prompt first"),
                platform.vllmChunked("vLLM, whole prompts beside the decodes", 33_024),
                platform.vllmChunked("vLLM chunked, 512", 512),
                platform.vllmChunked("vLLM chunked, 1024", 1_024),
                platform.vllmChunked("vLLM chunked, 4096", 4_096),
                platform.vllmChunked("vLLM chunked, 8192", 8_192));
    }

    /** The four systems in the published order. */
    private static List<SystemSpec> systems(Platform platform) {
        return List.of(
                platform.tropical(TropicalOptions.DEFAULT, Platform.DECODE_BUDGET),
                platform.distServe(),
                platform.vllm(),
                // A budget of 512 would allow no published TPOT above its steps' 0.1 s; 2,048
                // became
                // vLLM's default in November 2024.
                platform.vllmChunked("vLLM chunked", 2_048));
    }

    private static Platform internLm(StepCost cost, int pairs, int maxPromptTokens) {
        return new Platform(
                cost, INTERNLM_POOL, pairs, nsPerToken(INTERNLM_KV_BYTES, 2), maxPromptTokens);
    }

    private static double nsPerToken(int kvBytes, int tp) {
        return 1e9 * kvBytes / (tp * CHIP_BYTES);
    }

    private static StepCost objectives(StepCost cost) {
        return cost.equals(COST) ? PUBLISHED : cost;
    }

    private static Workload workload(List<TraceEntry> lengths, StepCost objectives, int maxTokens) {
        return new Workload(lengths, objectives, TTFT_FACTOR, TPOT_NS).withPromptsUpTo(maxTokens);
    }
}
