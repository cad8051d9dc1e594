package dev.tropical.kafka;

/** How often a completion record may appear after a recovery. */
public enum Delivery {
    /**
     * At once when it is written; after a recovery it may repeat, byte-identical, and readers cut
     * by offset.
     */
    AT_LEAST_ONCE,
    /** No repeats under {@code read_committed}, which sees records when a checkpoint completes. */
    EXACTLY_ONCE
}
