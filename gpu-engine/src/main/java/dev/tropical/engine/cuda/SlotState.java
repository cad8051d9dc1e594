package dev.tropical.engine.cuda;

/**
 * What the host knows of a slot's sequence; the rest is in {@link GpuSampler}'s memory.
 *
 * @param alternatives log probabilities reported with each token, beside its own; -1 = none at all
 */
record SlotState(int alternatives) {
    /** Entries that a draw reports, the chosen token's included. */
    int entries() {
        return alternatives + 1;
    }
}
