package dev.tropical.flink.dispatch;

import dev.tropical.protocol.CompletionRecord.Chunk;
import dev.tropical.protocol.CompletionRecord.Failure;
import dev.tropical.protocol.CompletionRecord.FirstUse;
import dev.tropical.protocol.CompletionRecord.Meta;
import dev.tropical.protocol.CompletionRecord.Notice;
import dev.tropical.protocol.ErrorCode;
import dev.tropical.protocol.wire.CancelRequest;
import dev.tropical.protocol.wire.ChoiceProgress;
import dev.tropical.protocol.wire.Dispatch;
import dev.tropical.protocol.wire.InFlightPhase;
import dev.tropical.protocol.wire.RequestError;
import dev.tropical.protocol.wire.TokenEvent;
import java.util.HexFormat;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the router and admission tell the lanes. Any of it may come twice. */
final class RouterInputs {
    private static final Logger LOG = LoggerFactory.getLogger(RouterInputs.class);

    private final RequestTable table;
    private final LaneActions actions;
    private final LongSupplier clockMs;

    RouterInputs(RequestTable table, LaneActions actions, LongSupplier clockMs) {
        this.table = table;
        this.actions = actions;
        this.clockMs = clockMs;
    }

    /**
     * Binds the attempt to its engine.
     *
     * @return the request, now WAITING, or null when the dispatch is a repeat or its request has
     *     ended
     */
    @Nullable InFlightRequest dispatch(Dispatch dispatch) {
        String id = dispatch.getRequest().getId();
        InFlightRequest request = table.find(id);
        if (table.ended().contains(id)
                || (request != null && !isAwaited(request, dispatch.getAttempt()))) {
            LOG.debug("dispatch of {} attempt {} is a repeat", id, dispatch.getAttempt());
            return null;
        }
        if (request == null) {
            request = begin(dispatch);
        }
        if (request == null) {
            return null;
        }
        request.bind(dispatch, clockMs.getAsLong());
        table.changed(request);
        return actions.endIfFinished(request) ? null : request;
    }

    void cancel(CancelRequest cancel) {
        InFlightRequest request = table.find(cancel.getId());
        if (request != null) {
            actions.cancel(request);
        }
    }

    /**
     * An ending or a notice.
     *
     * @param isSettled whether the engines have told what they hold: a rejection that comes before
     *     waits, for its request may be running
     */
    void error(RequestError error, boolean isSettled) {
        if (!error.getTerminal()) {
            InFlightRequest request = table.find(error.getId());
            if (request != null) {
                actions.saidOf(request);
            }
            actions.emit(new Notice(error.getId(), failure(error), actions.meta()));
        } else if (isTimeout(error) && !isSettled) {
            table.reject(error);
        } else {
            end(error);
        }
    }

    /** The engines have told what they hold. */
    void settled() {
        table.takeRejections().forEach(this::end);
    }

    /**
     * A restart replays requests that engines are running, and the router may find such a one too
     * old for its queue: that ends the attempt that was queued, not one that has left it.
     */
    private void end(RequestError error) {
        InFlightRequest request = table.find(error.getId());
        if (request == null && !table.ended().contains(error.getId())) {
            Meta meta = actions.meta(error.getFirstBodySha256());
            actions.endUnknown(error.getId(), error.getLane(), failure(error), meta);
        } else if (request != null
                && (!isTimeout(error) || isAwaited(request, error.getAttempt()))) {
            actions.endBadly(request, failure(error));
        } else {
            LOG.debug(
                    "{} of {} attempt {} is late",
                    error.getCode(),
                    error.getId(),
                    error.getAttempt());
        }
    }

    private static boolean isTimeout(RequestError error) {
        return error.getCode().equals(ErrorCode.QUEUE_TIMEOUT.code());
    }

    private static Failure failure(RequestError error) {
        boolean isRepeat = !error.getTerminal() && !error.getFirstBodySha256().isEmpty();
        return new Failure(
                error.getCode(),
                error.getMessage(),
                error.getParam().isEmpty() ? null : error.getParam(),
                isRepeat ? firstUse(error) : null);
    }

    private static FirstUse firstUse(RequestError error) {
        String sha256 = HexFormat.of().formatHex(error.getFirstBodySha256().toByteArray());
        return new FirstUse(sha256, error.getFirstArrivedAtMs());
    }

    private static boolean isAwaited(InFlightRequest request, int attempt) {
        return request.phase() == InFlightPhase.RETRYING && attempt >= request.attempt();
    }

    private @Nullable InFlightRequest begin(Dispatch dispatch) {
        InFlightRequest request = actions.begin(dispatch.getRequest());
        if (request == null) {
            return null;
        }
        request.losses().inherit(dispatch.getLostAttemptsList());
        for (ChoiceProgress progress : dispatch.getProgressList()) {
            sayProgress(request, progress);
        }
        return request;
    }

    /**
     * An earlier attempt's tokens, of which this lane's state knows nothing: its records may not
     * have become durable, so they are said again.
     */
    private void sayProgress(InFlightRequest request, ChoiceProgress progress) {
        if (progress.getChoice() >= request.choices().size()
                || progress.getGeneratedTokenIdsCount() == 0) {
            return;
        }
        ChoiceStream choice = request.choices().get(progress.getChoice());
        for (TokenEvent piece : Pieces.of(Progress.toEvent(progress, request.request()))) {
            Chunk record = choice.take(piece, actions.meta(request));
            if (record != null) {
                actions.say(request, record);
            }
        }
    }
}
