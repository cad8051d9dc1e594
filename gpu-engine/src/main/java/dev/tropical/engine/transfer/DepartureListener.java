package dev.tropical.engine.transfer;

import dev.tropical.protocol.wire.RefusalCode;
import dev.tropical.protocol.wire.SequenceKey;
import dev.tropical.protocol.wire.Submit;
import dev.tropical.scheduling.batch.Sequence;

/** What the loop must know and say about sequences that leave. */
public interface DepartureListener {

    /** What the next engine needs to go on: tokens, ages, the lane's present epoch. */
    Submit handover(Sequence sequence, long nowNs);

    /** From now until the sequence's first token, ns, as predicted; negative when it has come. */
    long firstTokenInNs(Sequence sequence, long nowNs);

    /** Tokens of the sequence that are durable with its lane. */
    int ackedOffset(SequenceKey key);

    /** The sequence decodes on {@code toEngineId} from now on; the scheduler has forgotten it. */
    void moved(Sequence sequence, String toEngineId, long nowNs);

    /**
     * The sequence can neither move nor stay; the scheduler has forgotten it.
     *
     * @param code NO_DECODE_PEER or PEER_LOST
     */
    void gaveUp(Sequence sequence, RefusalCode code, String why);
}
