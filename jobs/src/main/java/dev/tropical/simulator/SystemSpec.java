package dev.tropical.simulator;

import dev.tropical.protocol.wire.StepCost;
import dev.tropical.scheduling.batch.BatchConfig;
import dev.tropical.scheduling.routing.RoleSwitching;
import dev.tropical.scheduling.routing.RoutingPolicy;
import java.util.function.Supplier;

/**
 * A system to simulate: one cell.
 *
 * @param name in reports
 * @param policy a new instance of its router's rule
 * @param prefill number and limits of the engines that start as prefill engines
 * @param decode number and limits of the others
 * @param hardware what their steps take
 * @param timing delays between the parts
 * @param roles whether engines' roles follow the load
 */
public record SystemSpec(
        String name,
        Supplier<RoutingPolicy> policy,
        Engines prefill,
        Engines decode,
        Hardware hardware,
        Timing timing,
        RoleSwitching roles) {

    /**
     * Engines of a role.
     *
     * @param count may be 0
     * @param limits of their batches
     */
    public record Engines(int count, BatchConfig limits) {}

    /**
     * One engine's chips, all alike.
     *
     * @param cost what a step takes, exactly
     * @param numBlocks of its KV pool
     * @param blockSize tokens of a block, a power of two
     */
    public record Hardware(StepCost cost, int numBlocks, int blockSize) {}

    /**
     * Delays, and what engines know wrongly.
     *
     * @param messageNs from part to part: dispatches and statuses
     * @param transfer of KV between engines
     * @param predictionFactor engines report their true cost times this
     * @param stepNoise standard deviation of a step's time, as a share of it
     */
    public record Timing(
            long messageNs, Transfer transfer, double predictionFactor, double stepNoise) {
        public Timing {
            if (messageNs < 0 || !(predictionFactor > 0) || !(stepNoise >= 0)) {
                throw new IllegalArgumentException(
                        "messageNs "
                                + messageNs
                                + ", predictionFactor "
                                + predictionFactor
                                + ", stepNoise "
                                + stepNoise
                                + " (expected: >= 0, > 0, >= 0)");
            }
        }
    }

    /**
     * How KV moves from a prefill to a decode engine.
     *
     * @param fixedNs a transfer's fixed part
     * @param nsPerToken and its part a token
     * @param isStalling whether the decode engine's steps wait for it, as where the copy is on the
     *     decodes' own stream, or it runs beside them, as in this project
     * @param isReservedAtStart whether blocks on the decode engine are reserved when a prefill
     *     starts, as this project does, or asked for when it is done, as published
     */
    public record Transfer(
            long fixedNs, double nsPerToken, boolean isStalling, boolean isReservedAtStart) {
        long durationNs(int tokens) {
            return fixedNs + Math.round(nsPerToken * tokens);
        }
    }

    /** With roles that stay as they are. */
    public SystemSpec(
            String name,
            Supplier<RoutingPolicy> policy,
            Engines prefill,
            Engines decode,
            Hardware hardware,
            Timing timing) {
        this(name, policy, prefill, decode, hardware, timing, RoleSwitching.OFF);
    }

    /** The same under another name. */
    SystemSpec named(String other) {
        return new SystemSpec(other, policy, prefill, decode, hardware, timing, roles);
    }

    /** The same with other delays. */
    public SystemSpec with(Timing other) {
        return new SystemSpec(name, policy, prefill, decode, hardware, other, roles);
    }

    /** The same with roles that follow the load, or do not. */
    public SystemSpec with(RoleSwitching other) {
        return new SystemSpec(name, policy, prefill, decode, hardware, timing, other);
    }

    /** The same with other transfers. */
    SystemSpec with(Transfer other) {
        return with(
                new Timing(
                        timing.messageNs(), other, timing.predictionFactor(), timing.stepNoise()));
    }

    public SystemSpec {
        if (prefill.count() < 0 || decode.count() < 0 || prefill.count() + decode.count() < 1) {
            throw new IllegalArgumentException(
                    "engines: "
                            + prefill.count()
                            + " + "
                            + decode.count()
                            + " (expected: at least one)");
        }
    }
}
