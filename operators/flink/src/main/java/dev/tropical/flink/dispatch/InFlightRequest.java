package dev.tropical.flink.dispatch;

import com.google.protobuf.ByteString;
import dev.tropical.protocol.BodyHash;
import dev.tropical.protocol.FinishWord;
import dev.tropical.protocol.wire.AdmittedRequest;
import dev.tropical.protocol.wire.DecodePlacement;
import dev.tropical.protocol.wire.Dispatch;
import dev.tropical.protocol.wire.InFlight;
import dev.tropical.protocol.wire.InFlightPhase;
import dev.tropical.protocol.wire.Retry;
import dev.tropical.protocol.wire.SequenceKey;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A request between its first dispatch and its ending.
 *
 * <pre>
 * WAITING  -> RUNNING   its engine's inventory has come: submitted
 * WAITING, RUNNING -> RETRYING   the engine is lost or refused it; {@code attempt} is the next one
 * RETRYING -> WAITING   the router dispatched that attempt
 * </pre>
 */
final class InFlightRequest {
    private final @Nullable String shortHash;
    private AdmittedRequest request; // its cell may change
    private final List<ChoiceStream> choices = new ArrayList<>();
    private final Set<String> engines = new LinkedHashSet<>();
    private int attempt;
    private final Losses losses = new Losses();
    private InFlightPhase phase = InFlightPhase.RETRYING;
    private String engineId = "";
    private long seq;
    private DecodePlacement placement = DecodePlacement.DECODE_UNSPECIFIED;
    private long firstTokenAtMs;
    private long lastTokenAtMs;
    private long boundAtMs;
    private long saidInEpoch; // 0 = nothing yet
    private String begunAt = ""; // of this attempt
    private int tokensBefore; // this attempt; not kept
    private int handOvers; // of this attempt; not kept: one too many does no harm

    /** A request that no engine has been asked to run yet; {@link #bind} comes next. */
    InFlightRequest(AdmittedRequest request, TextSource texts) {
        this.request = request;
        this.shortHash = shortHash(request.getBodySha256());
        int echoed = request.getEcho() ? (int) texts.promptText(request).codePoints().count() : 0;
        for (int i = 0; i < Math.max(1, request.getN()); i++) {
            choices.add(new ChoiceStream(request, i, texts, echoed));
        }
    }

    static InFlightRequest restore(InFlight state, TextSource texts) {
        InFlightRequest restored = new InFlightRequest(state.getRequest(), texts);
        restored.attempt = state.getAttempt();
        restored.losses.inherit(state.getLostAttemptsList());
        restored.phase = state.getPhase();
        restored.engineId = state.getEngineId();
        restored.seq = state.getSeq();
        restored.placement = state.getPlacement();
        restored.firstTokenAtMs = state.getFirstTokenAtMs();
        restored.lastTokenAtMs = state.getLastTokenAtMs();
        restored.begunAt = state.getBegunAt();
        restored.saidInEpoch = state.getSaidInEpoch();
        restored.engines.addAll(state.getEnginesList());
        for (int i = 0; i < state.getChoicesCount() && i < restored.choices.size(); i++) {
            restored.choices.get(i).restore(state.getChoices(i));
        }
        return restored;
    }

    InFlight toState() {
        InFlight.Builder state =
                InFlight.newBuilder()
                        .setRequest(request)
                        .setAttempt(attempt)
                        .addAllLostAttempts(losses.suspectAttempts())
                        .setPhase(phase)
                        .setEngineId(engineId)
                        .setSeq(seq)
                        .setPlacement(placement)
                        .setFirstTokenAtMs(firstTokenAtMs)
                        .setLastTokenAtMs(lastTokenAtMs)
                        .setBegunAt(begunAt)
                        .setSaidInEpoch(saidInEpoch)
                        .addAllEngines(engines);
        choices.forEach(choice -> state.addChoices(choice.toState()));
        return state.build();
    }

    AdmittedRequest request() {
        return request;
    }

    String id() {
        return request.getId();
    }

    /** By which readers tell its records from another's under the same id; null when not known. */
    @Nullable String shortHash() {
        return shortHash;
    }

    static @Nullable String shortHash(ByteString bodySha256) {
        return bodySha256.isEmpty() ? null : BodyHash.shortened(bodySha256.toByteArray());
    }

    int lane() {
        return request.getLane();
    }

    int attempt() {
        return attempt;
    }

    Losses losses() {
        return losses;
    }

    /**
     * Whether this attempt may be what ended its engine: that had begun with it, and each choice
     * has got no further than the token that the prompt gives. What has got that from an engine
     * that only computes prompts waits there for another.
     */
    boolean isSuspect(String lostEngineId) {
        int tokens = tokenCount() - tokensBefore;
        boolean isPrefilled =
                tokens >= choices.size()
                        && placement == DecodePlacement.DECODE_PEER
                        && lostEngineId.equals(engineId);
        return begunAt.equals(lostEngineId) && !isPrefilled && tokens <= choices.size();
    }

    private int tokenCount() {
        return choices.stream().mapToInt(ChoiceStream::tokenCount).sum();
    }

    /** The engine has begun to work on this attempt. */
    void begun(String atEngineId) {
        begunAt = atEngineId;
    }

    InFlightPhase phase() {
        return phase;
    }

    /** The engine that this attempt was dispatched to; a migration does not change it. */
    String engineId() {
        return engineId;
    }

    long seq() {
        return seq;
    }

    DecodePlacement placement() {
        return placement;
    }

    long firstTokenAtMs() {
        return firstTokenAtMs;
    }

    long lastTokenAtMs() {
        return lastTokenAtMs;
    }

    long boundAtMs() {
        return boundAtMs;
    }

    Set<String> engines() {
        return engines;
    }

    List<ChoiceStream> choices() {
        return choices;
    }

    List<ChoiceStream> unfinished() {
        return choices.stream().filter(choice -> !choice.isFinished()).toList();
    }

    boolean isFinished() {
        return choices.stream().allMatch(ChoiceStream::isFinished);
    }

    /** How readers were told that it had failed, if nothing but its ending is missing. */
    @Nullable FinishWord cutBy() {
        return choices.stream()
                .map(ChoiceStream::cutBy)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }

    SequenceKey key(ChoiceStream choice) {
        return SequenceKey.newBuilder()
                .setRequestId(id())
                .setChoice(choice.index())
                .setAttempt(attempt)
                .build();
    }

    /** The choice that a key of the current attempt names, or null. */
    @Nullable ChoiceStream choice(SequenceKey key) {
        boolean isOurs =
                key.getAttempt() == attempt
                        && phase == InFlightPhase.RUNNING
                        && key.getChoice() >= 0
                        && key.getChoice() < choices.size();
        return isOurs ? choices.get(key.getChoice()) : null;
    }

    /**
     * Binds the attempt to the dispatch's engine, which has not been asked yet, or to none: then it
     * is on its way to another cell.
     */
    void bind(Dispatch dispatch, long nowMs) {
        int cell = dispatch.getRequest().getCell();
        if (cell != request.getCell()) {
            request = request.toBuilder().setCell(cell).build();
        }
        handOvers = dispatch.getHandOvers();
        attempt = dispatch.getAttempt();
        seq = dispatch.getSeq();
        placement = dispatch.getPlacement();
        engineId = dispatch.getEngineId();
        phase = InFlightPhase.WAITING;
        begunAt = "";
        boundAtMs = nowMs;
        if (firstTokenAtMs == 0) {
            firstTokenAtMs = dispatch.getFirstTokenAtMs();
        }
    }

    /** The engine has been asked, or holds sequences of this attempt as an inventory says. */
    void run(int runningAttempt, String engine, long nowMs) {
        attempt = runningAttempt;
        boundAtMs = nowMs;
        engineId = engine;
        tokensBefore = tokenCount();
        phase = InFlightPhase.RUNNING;
        engines.add(engine);
    }

    /**
     * Gives the attempt up at the engine it leaves; the next one waits for the router.
     *
     * @param isSilent whether that engine is not heard of, and may come back as it was
     */
    Retry giveUp(boolean isLoss, String leftEngineId, boolean isSilent) {
        if (isLoss) {
            losses.add(attempt, isSuspect(leftEngineId), isSilent ? leftEngineId : "");
        }
        Retry.Builder retry =
                Retry.newBuilder()
                        .setRequest(request)
                        .setAttempt(attempt + 1)
                        .setFirstTokenAtMs(firstTokenAtMs)
                        .setLostEngineId(leftEngineId)
                        .setHandOvers(handOvers)
                        .addAllLostAttempts(losses.suspectAttempts());
        for (ChoiceStream choice : choices) {
            retry.addProgress(choice.toProgress());
            choice.engine().unconfirm();
        }
        attempt++;
        phase = InFlightPhase.RETRYING;
        return retry.build();
    }

    /** Of the newest record that readers know; they drop what comes of a lower one. */
    long saidInEpoch() {
        return saidInEpoch;
    }

    void saidIn(long epoch) {
        saidInEpoch = Math.max(saidInEpoch, epoch);
    }

    void spoke(long nowMs) {
        if (firstTokenAtMs == 0) {
            firstTokenAtMs = nowMs;
        }
        lastTokenAtMs = nowMs;
    }
}
