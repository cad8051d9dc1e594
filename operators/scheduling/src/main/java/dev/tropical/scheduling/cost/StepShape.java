package dev.tropical.scheduling.cost;

import dev.tropical.scheduling.batch.StepPlan;

/**
 * What a step's time depends on.
 *
 * @param prefillTokens prompt tokens in the step, x
 * @param prefillContext sum over the chunks of {@code x * (done + x / 2)}: pairs of tokens that
 *     attend to each other
 * @param decodes sequences that get one token, B
 * @param decodeContext tokens of all their KV
 */
public record StepShape(
        long prefillTokens, double prefillContext, int decodes, long decodeContext) {

    /** The shape of a plan; a single token after others counts as a decode. */
    public static StepShape of(StepPlan plan) {
        long prefillTokens = 0;
        double prefillContext = 0;
        int decodes = 0;
        long decodeContext = 0;
        for (StepPlan.Entry entry : plan.entries()) {
            if (entry.length() == 1 && entry.start() > 0) {
                decodes++;
                decodeContext += entry.start() + 1;
            } else {
                prefillTokens += entry.length();
                prefillContext += entry.length() * (entry.start() + entry.length() / 2.0);
            }
        }
        return new StepShape(prefillTokens, prefillContext, decodes, decodeContext);
    }

    /** A chunk alone: {@code tokens} more after {@code done}. */
    public static StepShape prefill(long tokens, long done) {
        return new StepShape(tokens, tokens * (done + tokens / 2.0), 0, 0);
    }

    /** A decode batch alone. */
    public static StepShape decode(int decodes, long context) {
        return new StepShape(0, 0, decodes, context);
    }
}
