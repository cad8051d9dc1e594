package dev.tropical.engine.transfer;

import dev.tropical.protocol.wire.SequenceKey;
import dev.tropical.scheduling.batch.Sequence;

/** What the loop must know and say about sequences that come. */
public interface ArrivalListener {

    /** Whether the lane has cancelled this sequence: nobody wants it any more. */
    boolean isCancelled(SequenceKey key);

    /** Whether a sequence that was here before waits for blocks: it comes before any newcomer. */
    boolean isShortOfBlocks();

    /**
     * The sequence decodes here from now on; the scheduler has it.
     *
     * @param ackedOffset tokens that are durable with its lane
     */
    void adopted(Sequence sequence, int ackedOffset);

    /** The engine that it came from takes the sequence back: it must not go on here. */
    void withdrawn(SequenceKey key);
}
