package dev.tropical.simulator;

import dev.tropical.protocol.wire.StepCost;
import dev.tropical.scheduling.batch.BatchConfig;
import dev.tropical.scheduling.routing.DistServePolicy;
import dev.tropical.scheduling.routing.QueueTimeout;
import dev.tropical.scheduling.routing.RoutingPolicy;
import dev.tropical.scheduling.routing.TropicalOptions;
import dev.tropical.scheduling.routing.TropicalPolicy;
import dev.tropical.scheduling.routing.VllmPolicy;
import java.util.function.Supplier;

/**
 * A model on its chips, and the systems that serve it there. Every system gets the same engines.
 *
 * @param cost of a step
 * @param poolTokens of an engine's KV pool
 * @param pairs engines of each role; colocated systems have twice as many engines
 * @param transferNsPerToken of a KV transfer
 * @param maxPromptTokens the longest prompt: colocated engines batch up to so many prompt tokens
 */
record Platform(
        StepCost cost, int poolTokens, int pairs, double transferNsPerToken, int maxPromptTokens) {
    /** This project's default for decode engines. */
    static final int DECODE_BUDGET = 2_048;

    private static final int BLOCK_SIZE = 64;
    private static final int MAX_NUM_SEQS = 256;
    private static final int MAX_MODEL_LEN = 131_072;

    /** Between processes of one host. */
    private static final long MESSAGE_NS = 1_000_000;

    /** Of a transfer: keys and values of 48 to 80 layers are launched one by one, 15 us each. */
    private static final long TRANSFER_NS = 2_000_000;

    /** The multiplexing system. */
    SystemSpec tropical(TropicalOptions options, int decodeBudget) {
        return split("Tropical", () -> new TropicalPolicy(options), decodeBudget);
    }

    /** Prefill engines, first come first served, and decode engines. */
    SystemSpec distServe() {
        return split("DistServe", () -> new DistServePolicy(QueueTimeout.OFF), DECODE_BUDGET);
    }

    private SystemSpec split(String name, Supplier<RoutingPolicy> policy, int decodeBudget) {
        return new SystemSpec(
                name,
                policy,
                new SystemSpec.Engines(pairs, limits(wholePrompts(), true, 1, false)),
                new SystemSpec.Engines(pairs, limits(decodeBudget, true, MAX_NUM_SEQS, false)),
                hardware(),
                timing());
    }

    /** Colocated engines that run prompts whole, before any decode, as vLLM did by default. */
    SystemSpec vllm() {
        return colocated("vLLM", limits(wholePrompts(), false, MAX_NUM_SEQS, true));
    }

    /** Colocated engines that cut prompts to the budget, beside the decodes. */
    SystemSpec vllmChunked(String name, int budget) {
        return colocated(name, limits(budget, true, MAX_NUM_SEQS, false));
    }

    private SystemSpec colocated(String name, BatchConfig limits) {
        return new SystemSpec(
                name,
                () -> new VllmPolicy(QueueTimeout.OFF),
                new SystemSpec.Engines(0, limits),
                new SystemSpec.Engines(2 * pairs, limits),
                hardware(),
                timing());
    }

    private int wholePrompts() {
        return maxPromptTokens + MAX_NUM_SEQS;
    }

    private SystemSpec.Hardware hardware() {
        return new SystemSpec.Hardware(cost, poolTokens / BLOCK_SIZE, BLOCK_SIZE);
    }

    private SystemSpec.Timing timing() {
        return new SystemSpec.Timing(MESSAGE_NS, publishedTransfer(), 1, 0);
    }

    /** On the decode batch's own stream, and to an engine that is chosen after the prefill. */
    private SystemSpec.Transfer publishedTransfer() {
        return new SystemSpec.Transfer(TRANSFER_NS, transferNsPerToken, true, false);
    }

    /** As this project moves KV: beside the decodes, to blocks that were reserved at the start. */
    SystemSpec.Transfer ownTransfer() {
        return new SystemSpec.Transfer(TRANSFER_NS, transferNsPerToken, false, true);
    }

    private static BatchConfig limits(
            int budget, boolean isChunked, int maxPrefills, boolean isPromptFirst) {
        return new BatchConfig(
                budget, MAX_NUM_SEQS, MAX_MODEL_LEN, isChunked, maxPrefills, 0, isPromptFirst);
    }
}
