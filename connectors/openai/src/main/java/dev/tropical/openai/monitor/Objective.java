package dev.tropical.openai.monitor;

/**
 * A request's latency objective as its client gave it, milliseconds; 0 for none.
 *
 * @param ttftMs arrival to first token
 * @param tpotMs time per output token after it
 */
public record Objective(double ttftMs, double tpotMs) {
    public static final Objective NONE = new Objective(0, 0);
}
