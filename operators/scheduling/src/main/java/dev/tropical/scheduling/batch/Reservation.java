package dev.tropical.scheduling.batch;

import dev.tropical.protocol.wire.SequenceKey;
import dev.tropical.protocol.wire.Slo;

/**
 * Blocks that a sequence of another engine will move into. Ends by {@link BatchScheduler#adopt} or
 * {@link BatchScheduler#release}; its deadline is the engine's matter. Itself, not equal to any
 * other.
 */
public final class Reservation {
    private final SequenceKey key;
    private final int promptTokens;
    private final int[] blockTable;
    private final int cachedBlocks;
    private final Slo slo;
    private long firstTokenAtNs;

    Reservation(
            SequenceKey key,
            int promptTokens,
            int[] blockTable,
            int cachedBlocks,
            Slo slo,
            long firstTokenAtNs) {
        this.key = key;
        this.promptTokens = promptTokens;
        this.blockTable = blockTable;
        this.cachedBlocks = cachedBlocks;
        this.slo = slo;
        this.firstTokenAtNs = firstTokenAtNs;
    }

    /** The sequence. */
    public SequenceKey key() {
        return key;
    }

    /** Counted among the residents' at once. */
    public int promptTokens() {
        return promptTokens;
    }

    /** The blocks to write into, in the order of the sequence's positions; not to be changed. */
    public int[] blockTable() {
        return blockTable;
    }

    /** Leading blocks that hold their KV already: not to be written. */
    public int cachedBlocks() {
        return cachedBlocks;
    }

    /** Counted among the residents' at once. */
    public Slo slo() {
        return slo;
    }

    /** The other engine predicts its first token anew, or tells when it came. */
    public void firstTokenAt(long newFirstTokenAtNs) {
        firstTokenAtNs = newFirstTokenAtNs;
    }

    /**
     * Its slack as if it ran here: one TPOT from its predicted first token on, and the time until
     * then; ns.
     */
    long slackNs(long nowNs) {
        return firstTokenAtNs - nowNs + slo.getTpotNs();
    }
}
