package dev.tropical.scheduling.routing;

import dev.tropical.protocol.wire.StepCost;
import dev.tropical.scheduling.cost.StepTime;
import java.io.Serializable;
import java.util.Objects;

/**
 * What mode {@code tropical} can be told. The defaults are the published system's where it has any.
 *
 * @param stallTest what the stall-free test takes for a prefill's time on a decode engine
 * @param admission whether a running prefill engine takes a second prompt by its end alone or by a
 *     simulation of its queue
 * @param multiplexing what decode engines take
 * @param objectives of requests that come without
 * @param timeout of requests that no engine takes; giving up in time is part of the rule
 * @param profile cost of engines that have not measured any yet; the default instance: none, and
 *     such an engine then only gets what needs no prediction
 */
public record TropicalOptions(
        StallTest stallTest,
        PrefillAdmission admission,
        Multiplexing multiplexing,
        Objectives objectives,
        QueueTimeout timeout,
        StepCost profile,
        RoleSwitching roles)
        implements Serializable {
    private static final long serialVersionUID = 1L;

    /** A prefill's time in the stall-free test. */
    public enum StallTest {
        /** The sum of the mixed steps it will be cut into, and the rest of the running step. */
        MIXED_STEPS,
        /** The prefill alone, as published: too short by the decodes beside it. */
        WHOLE_PREFILL
    }

    /** When a running prefill engine takes another prompt. */
    public enum PrefillAdmission {
        /** Its running prefill ends in time for this one. */
        BY_END,
        /** And its queue, shortest first, leaves no request late. */
        STRICT
    }

    /**
     * What a decode engine may be given to prefill.
     *
     * @param iterationWatermark share of the strictest TPOT objective that its predicted iteration
     *     may take; above it nothing is multiplexed. 0.85: the rest is room for the prompt's own
     *     decode and for a prediction that is 15 % short
     * @param residentWatermark share of its KV pool that resident prompts may fill. 0.87: the
     *     published 400,000 tokens of the 460,000 that a 20B model leaves on two 80 GB chips
     * @param maxTokens only prompts with fewer tokens are multiplexed. 8192: about a second on the
     *     published hardware, ten objectives of 100 ms: what a decode can have saved up
     */
    public record Multiplexing(double iterationWatermark, double residentWatermark, int maxTokens)
            implements Serializable {
        private static final long serialVersionUID = 1L;

        public Multiplexing {
            fraction("iterationWatermark", iterationWatermark);
            fraction("residentWatermark", residentWatermark);
            if (maxTokens < 0) {
                throw new IllegalArgumentException("maxTokens: " + maxTokens + " (expected: >= 0)");
            }
        }

        private static void fraction(String name, double value) {
            if (!(value > 0 && value <= 1)) {
                throw new IllegalArgumentException(name + ": " + value + " (expected: in (0, 1])");
            }
        }
    }

    /**
     * Objectives of requests that come without.
     *
     * @param ttftFactor times their own unloaded prefill. 5: the published objective
     * @param shortestStepNs what an unloaded prefill takes at least: fits are poor for few tokens.
     *     1 ms: less than any step of a model worth serving
     * @param tpotNs 100 ms: the published objective, twice as fast as people read
     */
    public record Objectives(double ttftFactor, long shortestStepNs, long tpotNs)
            implements Serializable {
        private static final long serialVersionUID = 1L;

        public Objectives {
            if (!(ttftFactor >= 1) || shortestStepNs < 0 || tpotNs < 1) {
                throw new IllegalArgumentException(
                        "ttftFactor "
                                + ttftFactor
                                + ", shortestStepNs "
                                + shortestStepNs
                                + ", tpotNs "
                                + tpotNs
                                + " (expected: >= 1, >= 0, >= 1)");
            }
        }
    }

    /** What a deployment uses unless told otherwise. */
    public static final TropicalOptions DEFAULT =
            new TropicalOptions(
                    StallTest.MIXED_STEPS,
                    PrefillAdmission.BY_END,
                    new Multiplexing(0.85, 0.87, 8_192),
                    new Objectives(5, 1_000_000, 100_000_000),
                    QueueTimeout.BY_SLO,
                    StepCost.getDefaultInstance(),
                    RoleSwitching.OFF);

    public TropicalOptions {
        Objects.requireNonNull(stallTest, "stallTest");
        Objects.requireNonNull(admission, "admission");
        Objects.requireNonNull(multiplexing, "multiplexing");
        Objects.requireNonNull(objectives, "objectives");
        Objects.requireNonNull(timeout, "timeout");
        StepTime.checked(profile);
        Objects.requireNonNull(roles, "roles");
    }

    /** The same but for the stall-free test. */
    public TropicalOptions with(StallTest test) {
        return new TropicalOptions(
                test, admission, multiplexing, objectives, timeout, profile, roles);
    }

    /** The same but for the admission to a running prefill engine. */
    public TropicalOptions with(PrefillAdmission rule) {
        return new TropicalOptions(
                stallTest, rule, multiplexing, objectives, timeout, profile, roles);
    }

    /** The same but for what is multiplexed. */
    public TropicalOptions with(Multiplexing limits) {
        return new TropicalOptions(
                stallTest, admission, limits, objectives, timeout, profile, roles);
    }

    /** The same but for the objectives of requests that come without. */
    public TropicalOptions with(Objectives defaults) {
        return new TropicalOptions(
                stallTest, admission, multiplexing, defaults, timeout, profile, roles);
    }

    /** The same but for the time-out. */
    public TropicalOptions with(QueueTimeout patience) {
        return new TropicalOptions(
                stallTest, admission, multiplexing, objectives, patience, profile, roles);
    }

    /** The same but for the cost of engines that have measured none. */
    public TropicalOptions with(StepCost fallback) {
        return new TropicalOptions(
                stallTest, admission, multiplexing, objectives, timeout, fallback, roles);
    }

    /** The same but for the roles. */
    public TropicalOptions with(RoleSwitching switching) {
        return new TropicalOptions(
                stallTest, admission, multiplexing, objectives, timeout, profile, switching);
    }
}
