package dev.tropical.bench.compare;

import dev.tropical.flink.InferenceConfigOptions;
import dev.tropical.flink.TropicalConfigOptions;
import dev.tropical.protocol.wire.BatchLimits;
import dev.tropical.protocol.wire.SetLimits;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A system to compare: how the job routes, what role engines have, and what they batch.
 *
 * @param name in reports
 * @param mode the job's
 * @param jobOptions further keys of the job's configuration
 * @param isColocated whether every engine prefills and decodes
 * @param limits of the engines' batches
 */
public record ServedSystem(
        String name,
        String mode,
        Map<String, String> jobOptions,
        boolean isColocated,
        SetLimits limits) {
    /** The systems that the paper compares; {@code vllm-chunked-N} has a budget of N tokens. */
    public static final List<String> DEFAULT =
            List.of("vllm", "vllm-chunked-512", "distserve", "distserve-sjf", "tropical");

    private static final Pattern CHUNKED = Pattern.compile("vllm-chunked-(\\d{1,6})");

    /** The rule with another length up to which prompts are multiplexed. */
    private static final Pattern MULTIPLEXING = Pattern.compile("tropical-multiplexing-(\\d{1,6})");

    /** A day: longer than any run, so that only mode tropical itself rejects. */
    private static final String NEVER = "86400 s";

    /**
     * What all systems share.
     *
     * @param maxNumSeqs slots of each engine
     * @param wholePrompt a budget that takes the longest prompt beside every decode
     * @param prefillBudget tokens of a prefill engine's step
     * @param decodeBudget tokens of a multiplexing decode engine's step
     */
    public record Engines(int maxNumSeqs, int wholePrompt, int prefillBudget, int decodeBudget) {
        /** The largest budget of any of these systems: what engines must be started with. */
        public int capacity(List<ServedSystem> systems) {
            return systems.stream()
                    .map(ServedSystem::limits)
                    .mapToInt(
                            limits ->
                                    Math.max(
                                            limits.getPrefill().getMaxNumBatchedTokens(),
                                            limits.getDecode().getMaxNumBatchedTokens()))
                    .max()
                    .orElse(maxNumSeqs);
        }
    }

    public ServedSystem {
        jobOptions = Map.copyOf(jobOptions);
    }

    /**
     * A system by its name.
     *
     * @throws IllegalArgumentException when there is none of that name, or its budget leaves no
     *     token for some decode
     */
    public static ServedSystem parse(String name, Engines engines) {
        Matcher chunked = CHUNKED.matcher(name);
        if (chunked.matches()) {
            int budget = Integer.parseInt(chunked.group(1));
            return colocated(name, limits(engines, budget, true, false));
        }
        Matcher multiplexing = MULTIPLEXING.matcher(name);
        if (multiplexing.matches()) {
            return split(
                    name,
                    "tropical",
                    Map.of(
                            TropicalConfigOptions.MAX_MULTIPLEXED_TOKENS.key(),
                            multiplexing.group(1)),
                    engines);
        }
        return switch (name) {
            // Prompts whole and before any decode, as vLLM ran them before it knew chunks.
            case "vllm" -> colocated(name, limits(engines, engines.wholePrompt(), false, true));
            case "distserve" -> split(name, "distserve", Map.of(), engines);
            // The rule of mode tropical without its third clause: the router holds what no prefill
            // engine takes at once, the shortest first.
            case "distserve-sjf" ->
                    split(
                            name,
                            "tropical",
                            Map.of(
                                    TropicalConfigOptions.MAX_MULTIPLEXED_TOKENS.key(),
                                    "0",
                                    InferenceConfigOptions.QUEUE_TIMEOUT_FLOOR.key(),
                                    NEVER),
                            engines);
            case "tropical" -> split(name, "tropical", Map.of(), engines);
            default ->
                    throw new IllegalArgumentException(
                            "system: '"
                                    + name
                                    + "' (expected: vllm, vllm-chunked-TOKENS, distserve,"
                                    + " distserve-sjf, tropical or"
                                    + " tropical-multiplexing-TOKENS)");
        };
    }

    private static ServedSystem colocated(String name, BatchLimits limits) {
        SetLimits both = SetLimits.newBuilder().setPrefill(limits).setDecode(limits).build();
        return new ServedSystem(name, "vllm", Map.of(), true, both);
    }

    private static ServedSystem split(
            String name, String mode, Map<String, String> jobOptions, Engines engines) {
        BatchLimits prefill =
                limits(engines, engines.prefillBudget(), true, false).toBuilder()
                        .setMaxPrefills(1)
                        .build();
        BatchLimits decode = limits(engines, engines.decodeBudget(), true, false);
        SetLimits limits = SetLimits.newBuilder().setPrefill(prefill).setDecode(decode).build();
        return new ServedSystem(name, mode, jobOptions, false, limits);
    }

    private static BatchLimits limits(
            Engines engines, int budget, boolean isChunked, boolean isPromptFirst) {
        if (budget < engines.maxNumSeqs()) {
            throw new IllegalArgumentException(
                    "budget: "
                            + budget
                            + " tokens (expected: at least one for each of "
                            + engines.maxNumSeqs()
                            + " sequences)");
        }
        return BatchLimits.newBuilder()
                .setMaxNumBatchedTokens(budget)
                .setChunkedPrefill(isChunked)
                .setPromptFirst(isPromptFirst)
                .setMaxPrefills(engines.maxNumSeqs())
                .build();
    }
}
