package dev.tropical.scheduling.cost;

import dev.tropical.protocol.wire.StepCost;

/**
 * The formula that every prediction is made of: {@code t = a + a_pf + c_pf * max(0, x - x_free) +
 * c_attn * x * (done + x / 2) + c0 * B + c1 * kvTokens}, seconds and tokens, {@code a_pf} only in
 * steps with prompt tokens; but for {@code x_free} every published serving simulator agrees on this
 * shape. Times are in ns. Pure.
 *
 * <p>{@code x_free} is where the products of a step go over from waiting for weights to arithmetic:
 * some hundred tokens on a large GPU. A line through all prompts would be too steep for the long
 * ones' attention, to make up for the short ones.
 */
public final class StepTime {
    private static final double NS_PER_SECOND = 1e9;

    private StepTime() {}

    /** One step. */
    public static long stepNs(StepCost cost, StepShape shape) {
        return toNs(stepSeconds(cost, shape));
    }

    static double stepSeconds(StepCost cost, StepShape shape) {
        return decodeSeconds(cost, shape) + promptSeconds(cost, shape);
    }

    /** What a step takes without its prompt tokens. */
    static double decodeSeconds(StepCost cost, StepShape shape) {
        return cost.getA() + cost.getC0() * shape.decodes() + cost.getC1() * shape.decodeContext();
    }

    /** What a step's prompt tokens add. */
    static double promptSeconds(StepCost cost, StepShape shape) {
        return (shape.prefillTokens() > 0 ? cost.getAPf() : 0)
                + cost.getCPf() * paid(cost, shape.prefillTokens())
                + cost.getCAttn() * shape.prefillContext();
    }

    /** Of a step's prompt tokens, those that are not free. */
    private static double paid(StepCost cost, long tokens) {
        return Math.max(0, tokens - cost.getXFree());
    }

    /** The same formula with its two parts multiplied. */
    public static StepCost scaled(StepCost cost, double decodeFactor, double promptFactor) {
        return StepCost.newBuilder()
                .setA(cost.getA() * decodeFactor)
                .setC0(cost.getC0() * decodeFactor)
                .setC1(cost.getC1() * decodeFactor)
                .setAPf(cost.getAPf() * promptFactor)
                .setCPf(cost.getCPf() * promptFactor)
                .setCAttn(cost.getCAttn() * promptFactor)
                .setXFree(cost.getXFree())
                .build();
    }

    /** One step of decodes alone; 0 without any. */
    public static long decodeNs(StepCost cost, int decodes, long contextTokens) {
        return decodes == 0 ? 0 : stepNs(cost, StepShape.decode(decodes, contextTokens));
    }

    /**
     * A whole prefill, e(done + tokens) - e(done): {@code tokens} after {@code done} computed ones,
     * in steps of at most {@code budget} tokens that hold nothing else; 0 without tokens.
     */
    public static long prefillNs(StepCost cost, long tokens, long done, int budget) {
        return toNs(prefillSeconds(cost, tokens, done, budget));
    }

    static double prefillSeconds(StepCost cost, long tokens, long done, int budget) {
        if (tokens <= 0) {
            return 0;
        }
        // Attention sums to the same whatever the chunks; all else is each step's own.
        long full = steps(tokens, budget) - 1;
        return stepSeconds(cost, StepShape.prefill(tokens, done))
                - cost.getCPf() * paid(cost, tokens)
                + full * (cost.getA() + cost.getAPf() + cost.getCPf() * paid(cost, budget))
                + cost.getCPf() * paid(cost, tokens - full * budget);
    }

    /**
     * A whole prefill in the mixed steps that an engine will make of it: each holds a token of
     * every resident decode first and what {@code budget} leaves of the prompt; the decodes'
     * context grows by one token each a step.
     *
     * @param decodes resident ones
     * @param contextTokens of all their KV
     */
    public static long mixedPrefillNs(
            StepCost cost, long tokens, int budget, int decodes, long contextTokens) {
        if (tokens <= 0) {
            return 0;
        }
        int chunk = Math.max(1, budget - decodes);
        double steps = steps(tokens, chunk);
        double decodeSeconds =
                steps * (cost.getC0() * decodes + cost.getC1() * contextTokens)
                        + cost.getC1() * decodes * (steps * (steps - 1) / 2);
        return toNs(prefillSeconds(cost, tokens, 0, chunk) + decodeSeconds);
    }

    private static long steps(long tokens, int budget) {
        return (tokens + budget - 1) / budget;
    }

    private static long toNs(double seconds) {
        return Math.round(seconds * NS_PER_SECOND);
    }

    /**
     * The same coefficients.
     *
     * @throws IllegalArgumentException when one is negative or no number
     */
    public static StepCost checked(StepCost cost) {
        double[] values = {
            cost.getA(),
            cost.getAPf(),
            cost.getCPf(),
            cost.getCAttn(),
            cost.getC0(),
            cost.getC1(),
            cost.getXFree()
        };
        for (double value : values) {
            if (!(value >= 0) || Double.isInfinite(value)) {
                throw new IllegalArgumentException(
                        "cost coefficient: " + value + " (expected: finite, >= 0)");
            }
        }
        return cost;
    }
}
