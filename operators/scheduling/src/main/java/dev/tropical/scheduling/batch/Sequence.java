package dev.tropical.scheduling.batch;

import dev.tropical.protocol.wire.DecodePlacement;
import dev.tropical.protocol.wire.FinishReason;
import dev.tropical.protocol.wire.SamplingParams;
import dev.tropical.protocol.wire.SequenceKey;
import dev.tropical.protocol.wire.Slo;
import dev.tropical.protocol.wire.Submit;
import dev.tropical.protocol.wire.Timings;
import java.util.Arrays;

/**
 * One choice of a request while an engine works on it: its tokens, how many of them have KV, and
 * the blocks that hold it.
 *
 * <p>Tokens are the prompt's followed by the generated ones. Of them {@code computed} have their KV
 * in blocks for certain, {@code scheduled >= computed} will have it when the steps in flight are
 * done, and one more token may be {@code pending}: sampled by a step in flight, its value not known
 * here. A preemption sets both counts to 0 and keeps the tokens.
 *
 * <p>One writer, the scheduler, on its thread; the engine reads on the same thread.
 */
@SuppressWarnings("UnusedVariable")
public final class Sequence {
    private static final int NO_SLOT = -1;
    private static final long NEVER = Long.MIN_VALUE;

    private final Submit request;
    private final SequenceKey key;
    private final int promptTokens;
    private final long receivedNs;
    private final StopCheck stops;
    private int[] tokens;
    private int size;

    private SequenceState state = SequenceState.WAITING;
    private FinishReason finish = FinishReason.NOT_FINISHED;
    private int stopTokenId = -1;
    private int slot = NO_SLOT;
    private final IntList blocks = new IntList();

    private int computed;
    private int scheduled;
    private boolean isPending;
    private long lastStep = NEVER;

    private int cachedTokens;
    private int preemptions;
    private long startedNs = NEVER;
    private long firstTokenNs;
    private long lastTokenNs = NEVER;
    private long migratedNs;

    /**
     * @param request what to do; its ages count from {@code nowNs}
     * @param nowNs the engine's clock when the request was received
     * @throws IllegalArgumentException when there is no prompt or no token to generate
     */
    public Sequence(Submit request, long nowNs) {
        this.request = request;
        this.key = request.getKey();
        this.promptTokens = request.getPromptTokenIdsCount();
        int generated = request.getGeneratedTokenIdsCount();
        SamplingParams sampling = request.getSampling();
        if (promptTokens == 0) {
            throw new IllegalArgumentException("prompt_token_ids: none (expected: at least one)");
        }
        if (sampling.getMaxTokens() <= generated) {
            throw new IllegalArgumentException(
                    "max_tokens: "
                            + sampling.getMaxTokens()
                            + " (expected: more than the "
                            + generated
                            + " generated)");
        }
        this.size = promptTokens + generated;
        this.tokens = new int[size + Math.min(sampling.getMaxTokens() - generated, 256)];
        for (int i = 0; i < size; i++) {
            tokens[i] =
                    i < promptTokens
                            ? request.getPromptTokenIds(i)
                            : request.getGeneratedTokenIds(i - promptTokens);
        }
        this.receivedNs = nowNs;
        long firstTokenAgeNs = request.getFirstTokenAgeNs();
        this.firstTokenNs = firstTokenAgeNs < 0 || generated == 0 ? NEVER : nowNs - firstTokenAgeNs;
        this.stops = new StopCheck(sampling);
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

    /** Whether it decodes on another engine after its prefill. */
    public boolean isForPeer() {
        return request.getPlacement() == DecodePlacement.DECODE_PEER;
    }

    // ---- tokens

    /** Number of the prompt's tokens. */
    public int promptTokens() {
        return promptTokens;
    }

    /** Number of known generated tokens, an earlier attempt's among them. */
    public int generatedTokens() {
        return size - promptTokens;
    }

    /** Number of known tokens: prompt and generated. */
    public int size() {
        return size;
    }

    /** The prompt, [promptTokens]; a copy. */
    public int[] prompt() {
        return Arrays.copyOf(tokens, promptTokens);
    }

    /** Generated tokens from index {@code from} on, [generatedTokens - from]; a copy. */
    public int[] generated(int from) {
        return Arrays.copyOfRange(tokens, promptTokens + from, size);
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
     * Block ids by position, [ceil(tokens / blockSize)] at least for the scheduled ones; a copy.
     */
    public int[] blockTable() {
        return blocks.toArray();
    }

    // ---- times, all on the engine's clock, ns

    /** When its first token came; meaningless before {@link #hasFirstToken}. */
    public long firstTokenNs() {
        return firstTokenNs;
    }

    /** Whether the request has a token, from whichever engine. */
    public boolean hasFirstToken() {
        return firstTokenNs != NEVER;
    }

    /** Since the request arrived, ns. */
    public long ageNs(long nowNs) {
        return request.getAgeNs() + nowNs - receivedNs;
    }

    /** Since its first token, ns, or -1: as a Submit to another engine carries it. */
    public long firstTokenAgeNs(long nowNs) {
        return hasFirstToken() ? nowNs - firstTokenNs : -1;
    }

    /**
     * What it has saved against its mean-TPOT deadline: {@code t_first + TPOT_SLO * max(1, n_out) -
     * now}, ns; negative when late; {@code Long.MAX_VALUE} without a TPOT objective or a first
     * token.
     */
    public long slackNs(long nowNs) {
        long tpotNs = slo().getTpotNs();
        if (tpotNs <= 0 || !hasFirstToken()) {
            return Long.MAX_VALUE;
        }
        return firstTokenNs + tpotNs * Math.max(1, generatedTokens()) - nowNs;
    }

    /** Its durations on this engine, and counters. */
    public Timings timings() {
        Timings.Builder timings =
                Timings.newBuilder().setCachedTokens(cachedTokens).setPreemptions(preemptions);
        if (startedNs != NEVER) {
            timings.setQueuedNs(startedNs - receivedNs);
            if (hasFirstToken()) {
                timings.setPrefillNs(Math.max(0, firstTokenNs - startedNs));
            }
        }
        if (lastTokenNs != NEVER) {
            timings.setDecodeNs(lastTokenNs - firstTokenNs);
        }
        return timings.setMigrateNs(migratedNs).build();
    }

    /** Times that it lost its blocks to an older sequence. */
    public int preemptions() {
        return preemptions;
    }

    // ---- the scheduler's side

    /**
     * @throws IllegalStateException when {@code next} may not follow
     */
    void transitionTo(SequenceState next) {
        if (!state.successors().contains(next)) {
            throw new IllegalStateException(
                    describe()
                            + ": "
                            + state
                            + " -> "
                            + next
                            + " (expected: one of "
                            + state.successors()
                            + ")");
        }
        state = next;
    }

    String describe() {
        return key.getRequestId() + "/" + key.getChoice() + "#" + key.getAttempt();
    }
}
