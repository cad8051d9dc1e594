package dev.tropical.flink.dispatch;

import dev.tropical.protocol.ErrorCode;
import dev.tropical.protocol.wire.Begun;
import dev.tropical.protocol.wire.EngineEvent;
import dev.tropical.protocol.wire.Moved;
import dev.tropical.protocol.wire.Refused;
import dev.tropical.protocol.wire.TokenEvent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What engines say of single sequences. Events of another epoch are of another run: dropped. */
final class EngineEventHandler {
    /**
     * A sequence moves once, and news of it comes a few times at most. Engines that have forgotten
     * it, each after handing it to the other, would send whoever asks for it to and fro for ever.
     */
    static final int MAX_MOVES_UNHEARD = 10;

    private static final Logger LOG = LoggerFactory.getLogger(EngineEventHandler.class);

    private final RequestTable table;
    private final EngineTable engines;
    private final LaneActions actions;
    private final TokenIntake tokens;
    private final long epoch;

    EngineEventHandler(
            RequestTable table,
            EngineTable engines,
            LaneActions actions,
            TokenIntake tokens,
            long epoch) {
        this.table = table;
        this.engines = engines;
        this.actions = actions;
        this.tokens = tokens;
        this.epoch = epoch;
    }

    /** Handles begins, tokens, moves and refusals of single sequences. */
    void handle(String engineId, EngineEvent event) {
        switch (event.getBodyCase()) {
            case TOKENS -> tokens(engineId, event.getTokens());
            case MOVED -> moved(event.getMoved());
            case REFUSED -> refused(engineId, event.getRefused());
            case BEGUN -> begun(engineId, event.getBegun());
            default -> LOG.debug("engine {} sent an event without a body", engineId);
        }
    }

    private void tokens(String engineId, TokenEvent event) {
        if (event.getEpoch() == epoch) {
            tokens.take(engineId, event);
        }
    }

    private void begun(String engineId, Begun begun) {
        InFlightRequest request = table.find(begun.getKey().getRequestId());
        if (begun.getEpoch() == epoch
                && request != null
                && request.choice(begun.getKey()) != null) {
            request.begun(engineId);
            table.changed(request);
        }
    }

    private void moved(Moved moved) {
        InFlightRequest request = table.find(moved.getKey().getRequestId());
        ChoiceStream choice = request == null ? null : request.choice(moved.getKey());
        if (moved.getEpoch() != epoch || request == null || choice == null) {
            return;
        }
        String to = moved.getToEngineId();
        choice.engine().movedTo(to);
        request.engines().add(to);
        table.changed(request);
        if (choice.isFinished()) {
            return;
        }
        if (engines.isLost(to)) {
            actions.retry(request, true, to, "it moved there, and " + to + " is lost");
        } else if (choice.engine().movesUnheard() >= MAX_MOVES_UNHEARD) {
            actions.retry(request, true, to, "no engine that it was moved to holds it");
        }
    }

    private void refused(String engineId, Refused refused) {
        InFlightRequest request = table.find(refused.getKey().getRequestId());
        ChoiceStream choice = request == null ? null : request.choice(refused.getKey());
        boolean isOurs =
                choice != null && choice.engine().isHeldBy(engineId) && !choice.isFinished();
        if (request == null || !isOurs || refused.getEpoch() > epoch) {
            return;
        }
        String why = "refused: " + refused.getCode() + " " + refused.getMessage();
        switch (refused.getCode()) {
            case NEVER_FITS ->
                    actions.fail(request, ErrorCode.CONTEXT_LENGTH_EXCEEDED, refused.getMessage());
            case UNSUPPORTED ->
                    actions.fail(request, ErrorCode.INVALID_REQUEST, refused.getMessage());
            case INVALID -> actions.fail(request, ErrorCode.INTERNAL, refused.getMessage());
            case QUEUE_FULL, NO_DECODE_PEER -> actions.retry(request, false, engineId, why);
            default -> actions.retry(request, true, engineId, why);
        }
    }
}
