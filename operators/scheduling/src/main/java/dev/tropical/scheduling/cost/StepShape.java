package dev.tropical.scheduling.cost;

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

    /** A chunk alone: {@code tokens} more after {@code done}. */
    public static StepShape prefill(long tokens, long done) {
        return new StepShape(tokens, tokens * (done + tokens / 2.0), 0, 0);
    }

    /** A decode batch alone. */
    public static StepShape decode(int decodes, long context) {
        return new StepShape(0, 0, decodes, context);
    }
}
