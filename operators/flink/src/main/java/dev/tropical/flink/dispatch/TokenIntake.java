package dev.tropical.flink.dispatch;

import dev.tropical.protocol.CompletionRecord.Chunk;
import dev.tropical.protocol.wire.FinishReason;
import dev.tropical.protocol.wire.SequenceKey;
import dev.tropical.protocol.wire.TokenEvent;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Tokens as engines send them: late, twice, with gaps, or of attempts that are over. */
final class TokenIntake {
    /** An engine may go on for so long before it has read that a request ended. */
    private static final long CANCEL_GRACE_MS = 1_000;

    private final RequestTable table;
    private final LaneActions actions;
    private final LongSupplier clockMs;

    TokenIntake(RequestTable table, LaneActions actions, LongSupplier clockMs) {
        this.table = table;
        this.actions = actions;
        this.clockMs = clockMs;
    }

    /** Gives out what is new; asks again for what is missing; ends what has ended. */
    void take(String engineId, TokenEvent event) {
        SequenceKey key = event.getKey();
        InFlightRequest request = table.find(key.getRequestId());
        ChoiceStream choice = request == null ? null : request.choice(key);
        if (request == null || choice == null) {
            dropStray(engineId, request, event);
            return;
        }
        hear(choice, engineId);
        if (event.getTokenIdsCount() > 0 || event.getFinish() != FinishReason.NOT_FINISHED) {
            request.begun(engineId); // an inventory lists what waits, too
        }
        if (choice.isFinished()) {
            return;
        }
        if (event.getOffset() > choice.tokenCount()) {
            actions.attach(request, choice, engineId);
            return;
        }
        Pieces.of(event).forEach(piece -> say(engineId, request, choice, piece));
        if (event.getFinish() == FinishReason.FAILED
                || event.getFinish() == FinishReason.CANCELLED) {
            actions.retry(request, true, engineId, "engine ended it: " + event.getError());
        } else if (request.isFinished()) {
            actions.endIfFinished(request); // readers may have seen another choice fail
        }
    }

    private void hear(ChoiceStream choice, String engineId) {
        // A decode engine's token may overtake the news of its move.
        choice.engine().heard(engineId, clockMs.getAsLong());
    }

    private void say(
            String engineId, InFlightRequest request, ChoiceStream choice, TokenEvent event) {
        Chunk record = choice.take(event, actions.meta(request));
        if (record == null) {
            return;
        }
        request.engines().add(engineId);
        if (record.tokens().ids().length > 0) {
            request.spoke(clockMs.getAsLong());
        }
        table.changed(request);
        actions.say(request, record);
        if (choice.isEndedByText()) {
            actions.cancelAt(engineId, request, choice);
        }
    }

    private void dropStray(String engineId, @Nullable InFlightRequest request, TokenEvent event) {
        SequenceKey key = event.getKey();
        boolean isOver = request == null || key.getAttempt() < request.attempt();
        boolean isExpected = table.ended().isFresh(key.getRequestId(), CANCEL_GRACE_MS);
        if (isOver && !isExpected && event.getFinish() == FinishReason.NOT_FINISHED) {
            actions.cancelStray(engineId, key, event.getLane());
        }
    }
}
