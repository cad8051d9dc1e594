package dev.tropical.engine.transfer;

import dev.tropical.engine.bulk.BulkSender;
import dev.tropical.protocol.wire.SequenceKey;
import dev.tropical.scheduling.batch.Sequence;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One sequence's way to a decode engine, as the prefill engine sees it. Loop thread.
 *
 * <pre>
 * UNPLACED   -> RESERVING (a peer is asked), ENDED
 * RESERVING  -> SENDING (it has blocks), UNPLACED (it has not, or does not answer), ENDED
 * SENDING    -> COMMITTING (all is sent), UNPLACED (it fell silent or gave up), ENDED
 * COMMITTING -> UNPLACED (it refused), ENDED
 * </pre>
 */
final class Departure {
    enum State {
        UNPLACED,
        RESERVING,
        SENDING,
        COMMITTING,
        ENDED;

        private Set<State> successors() {
            return switch (this) {
                case UNPLACED -> EnumSet.of(RESERVING, ENDED);
                case RESERVING -> EnumSet.of(SENDING, UNPLACED, ENDED);
                case SENDING -> EnumSet.of(COMMITTING, UNPLACED, ENDED);
                case COMMITTING -> EnumSet.of(UNPLACED, ENDED);
                case ENDED -> EnumSet.noneOf(State.class);
            };
        }
    }

    private static final long NOT_PARKED = Long.MIN_VALUE;

    private final Sequence sequence;
    private final Set<String> refusedBy = new HashSet<>();
    private State state = State.UNPLACED;
    private long parkedNs = NOT_PARKED;
    private long offerNs;

    // Of the present try; meaningless while UNPLACED.
    private String peer = "";
    private long transferId;
    private long deadlineNs;
    private long renewNs;
    private int firstBlock;
    private int nextFrame;
    private @Nullable WatchedLink link;
    private @Nullable BulkSender bulk;

    Departure(Sequence sequence) {
        this.sequence = sequence;
    }

    Sequence sequence() {
        return sequence;
    }

    SequenceKey key() {
        return sequence.key();
    }

    State state() {
        return state;
    }

    /** The engine that is being tried. */
    String peer() {
        return peer;
    }

    long transferId() {
        return transferId;
    }

    /** Engines that have refused since their last status. */
    Set<String> refusedBy() {
        return refusedBy;
    }

    void reserving(String newPeer, long newTransferId, long newDeadlineNs) {
        transitionTo(State.RESERVING);
        peer = newPeer;
        transferId = newTransferId;
        deadlineNs = newDeadlineNs;
        bulk = null;
    }

    /**
     * @param cachedBlocks leading blocks that the peer holds already
     * @param newLink over which blocks go; null = in frames
     * @param newBulk over which frames go; null = with the commands
     */
    void sending(int cachedBlocks, @Nullable WatchedLink newLink, @Nullable BulkSender newBulk) {
        transitionTo(State.SENDING);
        firstBlock = cachedBlocks;
        nextFrame = 0;
        link = newLink;
        bulk = newBulk;
    }

    /** Over which blocks go, null = in frames. */
    @Nullable WatchedLink link() {
        return link;
    }

    /** Over which frames go, null = with the commands. */
    @Nullable BulkSender bulk() {
        return bulk;
    }

    /** Whether blocks were sent over a link that has broken: some may not have come. */
    boolean hasLostLink() {
        return link != null && link.isClosed();
    }

    void committing() {
        transitionTo(State.COMMITTING);
    }

    /**
     * The present peer will not take it.
     *
     * @param newOfferNs when a peer that has refused may be asked again
     */
    void unplaced(long newOfferNs) {
        refusedBy.add(peer);
        offerNs = newOfferNs;
        transitionTo(State.UNPLACED);
    }

    boolean isOfferDue(long nowNs) {
        return refusedBy.isEmpty() || nowNs - offerNs >= 0;
    }

    void ended() {
        transitionTo(State.ENDED);
    }

    private void transitionTo(State next) {
        if (!state.successors().contains(next)) {
            throw new IllegalStateException(
                    "transfer "
                            + transferId
                            + ": "
                            + state
                            + " -> "
                            + next
                            + " (expected: one of "
                            + state.successors()
                            + ")");
        }
        if (state == State.SENDING && bulk != null) {
            bulk.close();
        }
        state = next;
    }

    /** Whether the peer may hold anything for this transfer. */
    boolean isAtPeer() {
        return state == State.RESERVING || state == State.SENDING || state == State.COMMITTING;
    }

    boolean isOverdue(long nowNs) {
        return nowNs - deadlineNs >= 0;
    }

    void deadline(long newDeadlineNs) {
        deadlineNs = newDeadlineNs;
    }

    boolean isRenewalDue(long nowNs) {
        return nowNs - renewNs >= 0;
    }

    void renewAt(long newRenewNs) {
        renewNs = newRenewNs;
    }

    /** Remembers when the sequence was first seen prefilled; returns for how long it has been. */
    long parkedForNs(long nowNs) {
        if (parkedNs == NOT_PARKED) {
            parkedNs = nowNs;
        }
        return nowNs - parkedNs;
    }

    /** First block that is sent; those before it the peer holds already. */
    int firstBlock() {
        return firstBlock;
    }

    /** Frames sent so far, from the first block on. */
    int nextFrame() {
        return nextFrame;
    }

    void framesSent(int count) {
        nextFrame += count;
    }
}
