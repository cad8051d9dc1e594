package dev.tropical.scheduling.batch;

import dev.tropical.protocol.wire.DecodePlacement;
import dev.tropical.protocol.wire.FinishReason;
import dev.tropical.protocol.wire.SamplingParams;
import dev.tropical.protocol.wire.SequenceKey;
import dev.tropical.protocol.wire.Slo;
import dev.tropical.protocol.wire.Submit;
import dev.tropical.protocol.wire.Timings;
import java.util.ArrayList;
import java.util.List;

/**
 * One choice of a request while an engine works on it: its tokens, how many of them have KV, and
 * the blocks that hold it.
 *
 * <p>Tokens are the prompt's followed by the generated ones. Of them {@code computed} have their KV
 * in blocks for certain, {@code scheduled >= computed} will have it when the steps in flight are
 * done. Up to two more tokens are {@code pending}: sampled by steps in flight, their values not
 * known here; the first of them may already be an input of the second one's step. A preemption sets
 * computed and scheduled to 0 and keeps the tokens.
 *
 * <p>One writer, the scheduler, on its thread; the engine reads on the same thread.
 */
public final class Sequence {
    private static final int NO_SLOT = -1;
    private static final int NO_TOKEN = -1;

    private final Submit request;
    private final SequenceKey key;
    private final TokenBuffer tokens;
    private final StopCheck stops;
    private final SequenceTimes times;
    private boolean isForPeer;

    private SequenceState state = SequenceState.WAITING;
    private FinishReason finish = FinishReason.NOT_FINISHED;
    private int stopTokenId = NO_TOKEN;

    private int slot = NO_SLOT;
    private int computed;
    private int scheduled;
    private int pending;
    private int cachedTokens;
    private int preemptions;

    // The scheduler's own notes; nothing outside this package sees them.
    final IntList blocks = new IntList();
    final List<PrefixKey> prefixKeys = new ArrayList<>();
    int publishedBlocks;
    long order;
    long lastStep;

    /**
     * @param request what to do; its ages count from {@code nowNs}
     * @param nowNs the engine's clock when the request was received
     * @throws IllegalArgumentException when there is no prompt or no token left to generate
     */
    public Sequence(Submit request, long nowNs) {
        this.request = request;
        this.key = request.getKey();
        this.tokens = new TokenBuffer(request);
        this.times =
                new SequenceTimes(
                        nowNs, generatedTokens() == 0 ? -1 : request.getFirstTokenAgeNs());
        this.stops = new StopCheck(request.getSampling());
        this.isForPeer =
                request.getPlacement() == DecodePlacement.DECODE_PEER
                        || request.getPlacement() == DecodePlacement.DECODE_PEER_OR_HERE;
    }

    // ---- what it is

    /** The request as it was submitted. */
    public Submit request() {
        return request;
    }

    public SequenceKey key() {
        return key;
    }

    public SamplingParams sampling() {
        return request.getSampling();
    }

    public Slo slo() {
        return request.getSlo();
    }

    /** Whether it is to decode on another engine after its prefill here. */
    public boolean isForPeer() {
        return isForPeer;
    }

    /** Whether its prompt's tokens are still to be scored: each of them must be computed then. */
    public boolean isPromptScored() {
        return sampling().hasPromptLogprobs() && generatedTokens() == 0;
    }

    // ---- tokens

    /** Number of the prompt's tokens. */
    public int promptTokens() {
        return tokens.promptTokens();
    }

    /** Number of known generated tokens, an earlier attempt's among them. */
    public int generatedTokens() {
        return tokens.generatedTokens();
    }

    /** Number of known tokens: prompt and generated. */
    public int size() {
        return tokens.size();
    }

    /** The prompt, [promptTokens]; a copy. */
    public int[] prompt() {
        return tokens.copy(0, promptTokens());
    }

    /** Generated tokens from index {@code from} on, [generatedTokens - from]; a copy. */
    public int[] generated(int from) {
        return tokens.copy(promptTokens() + from, size());
    }

    /** Tokens whose KV is in blocks for certain; a migration may read them. */
    public int computedTokens() {
        return computed;
    }

    // ---- where it is

    public SequenceState state() {
        return state;
    }

    /** {@code NOT_FINISHED} until it is. */
    public FinishReason finish() {
        return finish;
    }

    /** The stop or end-of-sequence token that ended it, or -1. */
    public int stopTokenId() {
        return stopTokenId;
    }

    /** In [0, maxNumSeqs), or -1. */
    public int slot() {
        return slot;
    }

    /**
     * Block ids by position; they cover the scheduled tokens at least. A copy; empty when it holds
     * none.
     */
    public int[] blockTable() {
        return blocks.toArray();
    }

    /** Times that it lost its blocks to an older sequence. */
    public int preemptions() {
        return preemptions;
    }

    // ---- times

    /** Whether the request has a token, from whichever engine. */
    public boolean hasFirstToken() {
        return times.hasFirstToken();
    }

    /** Since the request arrived, ns. */
    public long ageNs(long nowNs) {
        return request.getAgeNs() + times.sinceReceivedNs(nowNs);
    }

    /** Since its first token, ns, or -1: as a Submit to another engine carries it. */
    public long firstTokenAgeNs(long nowNs) {
        return hasFirstToken() ? nowNs - times.firstTokenNs() : -1;
    }

    /**
     * What it has saved against its mean-TPOT deadline: {@code t_first + TPOT_SLO * max(1, n_out) -
     * now}, ns; negative when late; {@code Long.MAX_VALUE} without a TPOT objective or before its
     * first token.
     */
    public long slackNs(long nowNs) {
        long tpotNs = slo().getTpotNs();
        if (tpotNs <= 0 || !hasFirstToken()) {
            return Long.MAX_VALUE;
        }
        return times.firstTokenNs() + tpotNs * Math.max(1, generatedTokens()) - nowNs;
    }

    /** Its durations on this engine, and counters. */
    public Timings timings() {
        Timings.Builder timings =
                Timings.newBuilder().setCachedTokens(cachedTokens).setPreemptions(preemptions);
        times.fill(timings);
        return timings.build();
    }

    @Override
    public String toString() {
        return key.getRequestId() + "/" + key.getChoice() + "#" + key.getAttempt() + " " + state;
    }

    // ---- the scheduler's side

    /**
     * @throws IllegalStateException when {@code next} may not follow
     */
    void transitionTo(SequenceState next) {
        if (!state.successors().contains(next)) {
            throw new IllegalStateException(
                    this + " -> " + next + " (expected: one of " + state.successors() + ")");
        }
        state = next;
    }

    void end(FinishReason reason) {
        transitionTo(SequenceState.FINISHED);
        finish = reason;
    }

    void setSlot(int slot) {
        this.slot = slot;
    }

    void clearSlot() {
        slot = NO_SLOT;
    }

    void stayHere() {
        isForPeer = false;
    }

    int[] tokenArray() {
        return tokens.array();
    }

    /** Sampled by steps in flight. */
    int pendingTokens() {
        return pending;
    }

    int scheduledTokens() {
        return scheduled;
    }

    /** Input tokens that no step was given yet; 1 while it decodes. */
    int remaining() {
        return size() + pending - scheduled;
    }

    /** Whether a step in flight samples its last token, whatever that will be. */
    boolean isEnding(int maxSequenceTokens) {
        return pending > 0
                && (stops.isLast(generatedTokens() + pending)
                        || size() + pending >= maxSequenceTokens);
    }

    /** It begins (again) with blocks whose first {@code cached} tokens hold their KV. */
    void start(int cached, long nowNs) {
        transitionTo(SequenceState.PREFILLING);
        computed = cached;
        scheduled = cached;
        cachedTokens = Math.max(cachedTokens, Math.min(cached, promptTokens()));
        times.onStarted(nowNs);
    }

    /** It came with its KV. */
    void adopt(int computedTokens, long nowNs) {
        computed = computedTokens;
        scheduled = computedTokens;
        isForPeer = false;
        transitionTo(remaining() == 1 ? SequenceState.DECODING : SequenceState.PREFILLING);
        times.onMigrated(nowNs);
    }

    /** Gives a step the next {@code length} input tokens. */
    StepPlan.Entry take(int length, long step, int blocksHeld) {
        boolean isContinuation = scheduled >= size();
        int[] input = isContinuation ? new int[0] : tokens.copy(scheduled, scheduled + length);
        boolean isSampled = length == remaining();
        StepPlan.Entry entry =
                new StepPlan.Entry(
                        slot,
                        input,
                        isContinuation,
                        scheduled,
                        length,
                        blocks.toArray(blocksHeld),
                        isSampled);
        scheduled += length;
        pending += isSampled ? 1 : 0;
        lastStep = step;
        return entry;
    }

    /**
     * How many more tokens it gets for certain, the one that the step in flight samples among them:
     * the last of them may end it, and none before. 0 when it does not decode.
     */
    int tokensLeft(int maxSequenceTokens) {
        if (state != SequenceState.DECODING || pending != 1 || !hasFirstToken()) {
            return 0;
        }
        return Math.min(stops.tokensLeft(generatedTokens()), maxSequenceTokens - size());
    }

    /**
     * The step in flight and the {@code steps - 1} after it have each given it this token, and none
     * ended it; its blocks are to follow.
     */
    void repeat(int steps, int tokenId, long nowNs) {
        pending--;
        tokens.append(tokenId, steps);
        scheduled += steps - 1;
        computed = scheduled;
        lastStep += steps - 1;
        times.onToken(nowNs);
    }

    void computedTo(int tokensWithKv) {
        computed = tokensWithKv;
    }

    /** Its blocks are gone; tokens, known and pending, stay. */
    void preempt() {
        transitionTo(SequenceState.WAITING);
        computed = 0;
        scheduled = 0;
        publishedBlocks = 0;
        preemptions++;
    }

    /** A sample that nobody wants: it was drawn before the sequence was known to have ended. */
    void discardSample() {
        pending--;
    }

    /** A sample has become known; says whether it ends the sequence, which stays as it is. */
    FinishReason append(int tokenId, long nowNs, int maxSequenceTokens) {
        pending--;
        tokens.append(tokenId);
        times.onToken(nowNs);
        FinishReason reason = stops.check(tokenId, generatedTokens());
        if (reason == FinishReason.STOP) {
            stopTokenId = tokenId;
        } else if (size() >= maxSequenceTokens) {
            return FinishReason.LENGTH;
        }
        return reason;
    }
}
