package dev.tropical.flink.dispatch;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.tropical.protocol.wire.AdmittedRequest;
import dev.tropical.protocol.wire.FinishReason;
import dev.tropical.protocol.wire.HeldSequence;
import dev.tropical.protocol.wire.InFlightPhase;
import dev.tropical.protocol.wire.Inventory;
import dev.tropical.protocol.wire.SequenceKey;
import dev.tropical.protocol.wire.Submit;
import dev.tropical.protocol.wire.TokenEvent;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes over what an engine holds. The engine's word on what it runs is newer than the restored
 * state's, and what it runs need not be computed again.
 */
final class InventoryAdopter {
    private static final Logger LOG = LoggerFactory.getLogger(InventoryAdopter.class);

    private final RequestTable table;
    private final LaneActions actions;
    private final TokenIntake tokens;

    InventoryAdopter(RequestTable table, LaneActions actions, TokenIntake tokens) {
        this.table = table;
        this.actions = actions;
        this.tokens = tokens;
    }

    /**
     * Adopts all of it, also what the restored state does not know.
     *
     * @param isLate whether the lanes went on without this engine: what now runs elsewhere in its
     *     place stays there
     */
    void adopt(String engineId, Inventory inventory, boolean isLate) {
        for (HeldSequence held : inventory.getSequencesList()) {
            adopt(engineId, held, isLate);
        }
    }

    /** Asks the engine for what it should hold by our book and did not list. */
    void askForMissing(String engineId, Inventory inventory) {
        Set<SequenceKey> listed = new HashSet<>();
        inventory.getSequencesList().forEach(held -> listed.add(held.getTokens().getKey()));
        for (InFlightRequest request : table.all()) {
            if (request.phase() != InFlightPhase.RUNNING) {
                continue;
            }
            for (ChoiceStream choice : request.unfinished()) {
                if (choice.engine().isHeldBy(engineId) && !listed.contains(request.key(choice))) {
                    actions.attach(request, choice, engineId);
                }
            }
        }
    }

    private void adopt(String engineId, HeldSequence held, boolean isLate) {
        SequenceKey key = held.getTokens().getKey();
        InFlightRequest request = known(held);
        if (request != null && isAlive(held.getTokens())) {
            request.losses().regained(key.getAttempt());
            table.changed(request);
        }
        if (request == null
                || !belongs(request, key)
                || (isLate && runsElsewhere(request, key, engineId))) {
            actions.cancelStray(engineId, key, held.getTokens().getLane());
            return;
        }
        if (request.phase() != InFlightPhase.RUNNING || key.getAttempt() > request.attempt()) {
            actions.adopt(request, key.getAttempt(), engineId);
        }
        ChoiceStream choice = request.choices().get(key.getChoice());
        if (held.getTokens().getOffset() > choice.tokenCount()) {
            takeEarlierTokens(engineId, request, choice, held.getRequest());
        }
        int offset = held.getTokens().getOffset();
        if (offset > choice.tokenCount() && !choice.isFinished()) {
            choice.engine().heldBy(engineId);
            actions.retry(request, false, engineId, "it has forgotten tokens before " + offset);
            return;
        }
        tokens.take(engineId, held.getTokens());
    }

    private @Nullable InFlightRequest known(HeldSequence held) {
        String id = held.getTokens().getKey().getRequestId();
        if (table.ended().contains(id)) {
            return null;
        }
        InFlightRequest request = table.find(id);
        if (request != null) {
            return request;
        }
        AdmittedRequest admitted = admitted(held.getRequest());
        if (admitted == null || !admitted.getId().equals(id)) {
            return null;
        }
        return actions.begin(admitted);
    }

    private static boolean isAlive(TokenEvent tokens) {
        return tokens.getFinish() != FinishReason.FAILED
                && tokens.getFinish() != FinishReason.CANCELLED;
    }

    private static boolean belongs(InFlightRequest request, SequenceKey key) {
        return key.getAttempt() >= request.attempt()
                && key.getChoice() >= 0
                && key.getChoice() < request.choices().size();
    }

    private static boolean runsElsewhere(
            InFlightRequest request, SequenceKey key, String engineId) {
        ChoiceStream choice = request.choice(key);
        return choice != null
                && choice.engine().isConfirmed()
                && !choice.engine().isHeldBy(engineId);
    }

    /** The request as admission made it: the lane's notes and the prompt, which they leave out. */
    private static @Nullable AdmittedRequest admitted(Submit submit) {
        if (submit.getLaneContext().isEmpty()) {
            return null;
        }
        try {
            return AdmittedRequest.parseFrom(submit.getLaneContext()).toBuilder()
                    .addAllPromptTokenIds(submit.getPromptTokenIdsList())
                    .build();
        } catch (InvalidProtocolBufferException e) {
            LOG.warn(
                    "sequence of {} is dropped: its lane notes do not parse: {}",
                    submit.getKey().getRequestId(),
                    e.getMessage());
            return null;
        }
    }

    /** Tokens that the sequence was submitted with fill what the restored state lacks. */
    private void takeEarlierTokens(
            String engineId, InFlightRequest request, ChoiceStream choice, Submit submit) {
        tokens.take(
                engineId,
                TokenEvent.newBuilder()
                        .setKey(request.key(choice))
                        .setLane(request.lane())
                        .addAllTokenIds(submit.getGeneratedTokenIdsList())
                        .addAllLogprobs(submit.getGeneratedLogprobsList())
                        .build());
    }
}
