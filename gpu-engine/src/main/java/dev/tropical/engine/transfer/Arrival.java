package dev.tropical.engine.transfer;

import dev.tropical.protocol.wire.KvCommitted;
import dev.tropical.protocol.wire.SequenceKey;
import dev.tropical.scheduling.batch.Reservation;
import java.util.BitSet;

/**
 * One sequence's way to this engine, as the decode engine sees it. Loop thread.
 *
 * <pre>
 * RECEIVING -> ADOPTED (committed: the sequence runs here), CLOSED
 * ADOPTED   -> CLOSED
 * </pre>
 *
 * It stays listed for a while after the commit, so that a commit that is asked for twice is
 * answered twice.
 */
final class Arrival {
    enum State {
        RECEIVING,
        ADOPTED,
        CLOSED
    }

    private final long transferId;
    private final Reservation reservation;
    private final KvConversion conversion;
    private final Frames frames;
    private final BitSet received = new BitSet();
    private final long idleNs;
    private State state = State.RECEIVING;
    private KvCommitted answer = KvCommitted.getDefaultInstance();
    private long deadlineNs;

    /**
     * @param conversion of the sender's numbers into ours
     * @param blockBytes of our blocks
     */
    Arrival(
            long transferId,
            Reservation reservation,
            KvConversion conversion,
            int blockBytes,
            long idleNs,
            long nowNs) {
        this.transferId = transferId;
        this.reservation = reservation;
        this.conversion = conversion;
        this.frames = new Frames(conversion.sentBytes(blockBytes));
        this.idleNs = idleNs;
        this.deadlineNs = nowNs + idleNs;
    }

    long transferId() {
        return transferId;
    }

    SequenceKey key() {
        return reservation.key();
    }

    Reservation reservation() {
        return reservation;
    }

    KvConversion conversion() {
        return conversion;
    }

    /** How the sender cuts its blocks. */
    Frames frames() {
        return frames;
    }

    State state() {
        return state;
    }

    /** The sender has shown that it lives. */
    void touched(long nowNs) {
        deadlineNs = nowNs + idleNs;
    }

    boolean isOverdue(long nowNs) {
        return nowNs - deadlineNs >= 0;
    }

    /** Whether a block of the table is to be written: it exists, and was not cached here. */
    boolean isWanted(int block) {
        return block >= reservation.cachedBlocks() && block < reservation.blockTable().length;
    }

    /** Remembers a frame; one that comes twice counts once. */
    void received(int block, int frame) {
        received.set(block * frames.perBlock() + frame);
    }

    /** Frames of blocks [cachedBlocks, blocks) that have not come. */
    int missing(int blocks) {
        int from = reservation.cachedBlocks() * frames.perBlock();
        int to = Math.max(from, blocks * frames.perBlock());
        return to - from - received.get(from, to).cardinality();
    }

    void adopted(KvCommitted newAnswer) {
        require(State.RECEIVING);
        state = State.ADOPTED;
        answer = newAnswer;
    }

    void closed() {
        if (state == State.CLOSED) {
            throw new IllegalStateException("transfer " + transferId + " is closed already");
        }
        state = State.CLOSED;
    }

    /** What the commit was answered with. */
    KvCommitted answer() {
        require(State.ADOPTED);
        return answer;
    }

    private void require(State expected) {
        if (state != expected) {
            throw new IllegalStateException(
                    "transfer " + transferId + ": " + state + " (expected: " + expected + ")");
        }
    }
}
