package dev.tropical.engine.transfer;

import dev.tropical.engine.bulk.BulkReceiver;
import dev.tropical.protocol.wire.KvChunk;
import dev.tropical.protocol.wire.KvCommit;
import dev.tropical.protocol.wire.KvCommitted;
import dev.tropical.protocol.wire.SequenceKey;
import dev.tropical.scheduling.batch.Reservation;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

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

    /** Blocks that come over a link. */
    private record Receipt(WatchedLink link, long number, int block, int count) {}

    private final Reservation reservation;
    private final KvConversion conversion;
    private final Frames frames;
    private final BitSet received = new BitSet();
    private final long idleNs;
    private State state = State.RECEIVING;
    private final Deque<Receipt> receipts = new ArrayDeque<>();
    private @Nullable BulkReceiver bulk;
    private @Nullable KvCommit waitingCommit;
    private int waitingBlocks;
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

    /** Whether all blocks of a chunk are to be written. */
    boolean isWanted(KvChunk chunk) {
        int last = chunk.getBlock() + chunk.getCount() - 1;
        return state == State.RECEIVING
                && chunk.getCount() >= 1
                && isWanted(chunk.getBlock())
                && isWanted(last);
    }

    /** Frames may come over a connection of their own. */
    void expecting(BulkReceiver receiver) {
        bulk = receiver;
    }

    @Nullable BulkReceiver bulk() {
        return bulk;
    }

    /** Remembers a frame; one that comes twice counts once. */
    void received(int block, int frame) {
        received.set(block * frames.perBlock() + frame);
    }

    /** Blocks of the table are being received over a link, as its {@code number}. */
    void receiving(WatchedLink link, long number, int block, int count) {
        receipts.add(new Receipt(link, number, block, count));
    }

    /**
     * Counts what has come over links.
     *
     * @return whether anything has, or was given up
     */
    boolean settle() {
        boolean isSettled = false;
        Receipt next;
        while ((next = receipts.peek()) != null && next.link.isOver(next.number)) {
            receipts.remove();
            isSettled = true;
            if (next.link.isDone(next.number)) {
                int from = next.block * frames.perBlock();
                received.set(from, from + next.count * frames.perBlock());
            }
        }
        return isSettled;
    }

    /** Whether a link may still write to the reserved blocks. */
    boolean isReceiving() {
        return !receipts.isEmpty();
    }

    /** Whether a commit of so many blocks came ahead of some, which take another way. */
    boolean mustWait(int blocks) {
        int inTable = Math.min(blocks, reservation.blockTable().length);
        boolean isBulkOpen = bulk != null && !bulk.isOver();
        return isReceiving() || (isBulkOpen && missing(inTable) > 0);
    }

    /**
     * A commit must wait: for frames, half as long as its sender does, so that a refusal still
     * finds it there.
     */
    void waiting(KvCommit commit, int blocks, long nowNs) {
        waitingCommit = commit;
        waitingBlocks = blocks;
        if (!isReceiving()) {
            deadlineNs = nowNs + idleNs / 2;
        }
    }

    /** The commit that waits; null if there is none. */
    @Nullable KvCommit waitingCommit() {
        return waitingCommit;
    }

    /** The commit that can be looked at now, once; null if there is none. */
    @Nullable KvCommit takeCommit() {
        if (waitingCommit == null || state != State.RECEIVING || mustWait(waitingBlocks)) {
            return null;
        }
        KvCommit commit = waitingCommit;
        waitingCommit = null;
        return commit;
    }

    /** Frames of blocks [cachedBlocks, blocks) that have not come. */
    int missing(int blocks) {
        int from = reservation.cachedBlocks() * frames.perBlock();
        int to = Math.max(from, blocks * frames.perBlock());
        return to - from - received.get(from, to).cardinality();
    }

    void adopted(KvCommitted newAnswer) {
        require(State.RECEIVING);
        closeBulk();
        state = State.ADOPTED;
        answer = newAnswer;
    }

    void closed() {
        if (state == State.CLOSED) {
            throw new IllegalStateException("transfer " + transferId + " is closed already");
        }
        closeBulk();
        state = State.CLOSED;
    }

    private void closeBulk() {
        if (bulk != null) {
            bulk.close();
        }
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
