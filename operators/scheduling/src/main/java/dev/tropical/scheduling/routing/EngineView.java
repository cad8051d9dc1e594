package dev.tropical.scheduling.routing;

import dev.tropical.protocol.wire.EngineInfo;
import dev.tropical.protocol.wire.EngineStatus;
import dev.tropical.protocol.wire.Role;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The router's copy of an engine's status, its age, and what was dispatched to it since: credits.
 *
 * <p>A credit counts as load from the dispatch on, so that requests routed between two statuses
 * spread over the engines. It ends when a status echoes its number or a higher one, or after 2 s:
 * then the dispatch was lost and must not weigh on the engine for ever. Policies read; {@link
 * CellView} writes.
 */
public final class EngineView {
    /**
     * An engine whose newest status is older has missed four heartbeats and gets nothing new. Lanes
     * take it for lost after seven: so when all engines fall silent together, what leaves the first
     * that is noticed is not sent to the next one that is silent too, and lost once more.
     */
    static final long SILENCE_NS = 500_000_000L;

    static final long CREDIT_NS = 2_000_000_000L;

    private record Credit(long seq, long tokens, int sequences, long expiresAtNs) {}

    /** A loop without progress for longer than this, or 5 predicted steps, counts as stalled. */
    private static final long STALL_NS = 10_000_000_000L;

    private static final int STALL_STEPS = 5;

    private EngineInfo info;
    private Runnable beforeReading = () -> {};
    private final ArrayDeque<Credit> credits = new ArrayDeque<>();
    private EngineStatus status = EngineStatus.getDefaultInstance();
    private boolean hasStatus;
    private boolean isSuspect;
    private long statusAtNs;
    private @Nullable QueuedRequest lastDispatched;
    private long creditTokens;
    private int creditSequences;

    EngineView(EngineInfo info) {
        this.info = info;
    }

    public String engineId() {
        return info.getEngineId();
    }

    /** What the registry says of it. */
    public EngineInfo info() {
        return info;
    }

    /** The newest status; the default instance before the first. */
    public EngineStatus status() {
        beforeReading.run();
        return status;
    }

    /** Since the newest status came, ns; {@code Long.MAX_VALUE} before the first. */
    public long statusAgeNs(long nowNs) {
        beforeReading.run();
        return hasStatus ? nowNs - statusAtNs : Long.MAX_VALUE;
    }

    /** The status's role, or the registry's before the first. */
    public Role role() {
        return hasStatus ? status.getRole() : info.getRole();
    }

    /**
     * Whether it may get requests: its newest status is at most 500 ms old, says ready and
     * progressing, and no lane has lost the engine since.
     */
    public boolean isReady(long nowNs) {
        return status().getReady()
                && !isSuspect
                && !isStalled()
                && statusAgeNs(nowNs) <= SILENCE_NS;
    }

    private boolean isStalled() {
        long limitNs = Math.max(STALL_NS, STALL_STEPS * status.getPredictedStepNs());
        return status.getProgressAgeNs() > limitNs;
    }

    /** Prompt and generated tokens of everything on it or on its way to it. */
    public long executingTokens() {
        return status().getExecutingTokens() + creditTokens;
    }

    /** Sequences that wait on it or are on their way to it. */
    public int waiting() {
        return status().getWaiting() + creditSequences;
    }

    /** Dispatches that no status has echoed yet. */
    public int unacknowledged() {
        return credits.size();
    }

    /** Prompt and generated tokens of those dispatches. */
    public long unacknowledgedTokens() {
        return creditTokens;
    }

    /** The newest request that this router has sent to it; null before the first. */
    @Nullable QueuedRequest lastDispatched() {
        return lastDispatched;
    }

    /**
     * Whether the KV of a request's prompts and their first tokens fits its free blocks; so does,
     * for this purpose, what fits no empty pool: the engine refuses that with the right error.
     */
    boolean hasRoom(QueuedRequest request) {
        int blockSize = info.getBlockSize();
        if (blockSize <= 0) {
            return true;
        }
        long blocks = (request.tokensPerChoice() + blockSize) / blockSize * request.choices();
        return blocks <= status().getBlocksFree() || blocks > status.getBlocksTotal();
    }

    void beforeReading(Runnable action) {
        beforeReading = action;
    }

    /** The registry says something new of the same incarnation. */
    void onInfo(EngineInfo newest) {
        info = newest;
    }

    /** A lane lost its connection: dead until a status says otherwise. */
    void onLost() {
        isSuspect = true;
    }

    boolean isNewer(EngineStatus other) {
        return !hasStatus || other.getNumber() > status.getNumber();
    }

    void onStatus(EngineStatus newest, int cell, long nowNs) {
        isSuspect = false;
        status = newest;
        hasStatus = true;
        statusAtNs = nowNs;
        long applied = newest.getAppliedSeqOrDefault(cell, 0);
        while (!credits.isEmpty() && credits.getFirst().seq <= applied) {
            dropFirst();
        }
    }

    void onDispatch(long seq, QueuedRequest request, long nowNs) {
        lastDispatched = request;
        Credit credit =
                new Credit(seq, request.executingTokens(), request.choices(), nowNs + CREDIT_NS);
        credits.addLast(credit);
        creditTokens += credit.tokens;
        creditSequences += credit.sequences;
    }

    /** Returns how many have lapsed. */
    int expireCredits(long nowNs) {
        int lapsed = 0;
        while (!credits.isEmpty() && credits.getFirst().expiresAtNs <= nowNs) {
            dropFirst();
            lapsed++;
        }
        return lapsed;
    }

    private void dropFirst() {
        Credit credit = credits.removeFirst();
        creditTokens -= credit.tokens;
        creditSequences -= credit.sequences;
    }

    /** When the oldest credit lapses; {@code Long.MAX_VALUE} without one. */
    long nextExpiryNs() {
        return credits.isEmpty() ? Long.MAX_VALUE : credits.getFirst().expiresAtNs;
    }
}
