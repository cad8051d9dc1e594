package dev.tropical.engine.loop;

import com.google.protobuf.ByteString;
import dev.tropical.engine.model.ModelRunner;
import dev.tropical.engine.model.ModelSpec;
import dev.tropical.protocol.wire.RefusalCode;
import dev.tropical.protocol.wire.Submit;
import dev.tropical.scheduling.batch.BatchScheduler;
import dev.tropical.scheduling.batch.Sequence;
import java.util.List;
import java.util.Optional;

/**
 * Decides on each Submit: taken, known already, or refused with a reason that tells the lane
 * whether another engine could take it. Loop thread.
 */
final class Admission {
    private final LaneEpochs lanes;
    private final SequenceStore store;
    private final LaneEvents events;
    private final BatchScheduler scheduler;
    private final StatusReporter status;
    private final ModelSpec spec;
    private final boolean scoresPrompts;
    private final int maxWaiting;

    Admission(
            LaneEpochs lanes,
            SequenceStore store,
            LaneEvents events,
            BatchScheduler scheduler,
            StatusReporter status,
            ModelRunner runner,
            LoopOptions options) {
        this.lanes = lanes;
        this.store = store;
        this.events = events;
        this.scheduler = scheduler;
        this.status = status;
        this.spec = runner.spec();
        this.scoresPrompts = runner.scoresPrompts();
        this.maxWaiting = options.maxWaiting();
    }

    void submit(ByteString connection, Submit submit, long nowNs) {
        if (!lanes.isCurrent(submit.getLane(), submit.getEpoch(), connection)) {
            refuse(
                    connection,
                    submit,
                    RefusalCode.STALE_EPOCH,
                    lanes.staleness(submit.getLane(), submit.getEpoch()));
            return;
        }
        // Also when it is refused: the router must not count it as under way any longer.
        status.applied(submit.getCell(), submit.getSeq());
        Optional<Holding> held = store.find(submit.getKey());
        if (held.isPresent()) {
            events.tokensFrom(held.get(), held.get().acked());
            return;
        }
        Optional<String> movedTo = store.movedTo(submit.getKey());
        if (movedTo.isPresent()) {
            events.moved(submit.getKey(), submit.getLane(), submit.getEpoch(), movedTo.get());
            return;
        }
        if (!store.isCancelled(submit.getKey())) {
            take(connection, submit, nowNs);
        }
    }

    private void take(ByteString connection, Submit submit, long nowNs) {
        int tokens = submit.getPromptTokenIdsCount() + submit.getGeneratedTokenIdsCount();
        long waiting = store.waiting();
        if (waiting >= maxWaiting) {
            refuse(
                    connection,
                    submit,
                    RefusalCode.QUEUE_FULL,
                    "waiting sequences: " + waiting + " (expected: fewer than " + maxWaiting + ")");
            return;
        }
        if (submit.getSampling().hasPromptLogprobs() && !scoresPrompts) {
            refuse(
                    connection,
                    submit,
                    RefusalCode.UNSUPPORTED,
                    "prompt_logprobs: "
                            + submit.getSampling().getPromptLogprobs()
                            + " (expected: absent: not supported yet on this kind of engine)");
            return;
        }
        if (!scheduler.canEverFit(tokens)) {
            refuse(connection, submit, RefusalCode.NEVER_FITS, neverFits(tokens));
            return;
        }
        try {
            checkTokens(submit.getPromptTokenIdsList());
            checkTokens(submit.getGeneratedTokenIdsList());
            Sequence sequence = new Sequence(submit, nowNs);
            scheduler.add(sequence);
            store.hold(new Holding(sequence, submit.getGeneratedTokenIdsCount()));
        } catch (IllegalArgumentException e) {
            refuse(connection, submit, RefusalCode.INVALID, String.valueOf(e.getMessage()));
        }
    }

    private String neverFits(int tokens) {
        return "tokens: "
                + tokens
                + " (expected: with one more, at most "
                + spec.maxModelLen()
                + " of context and "
                + (long) spec.numBlocks() * spec.blockSize()
                + " of the KV pool)";
    }

    private void checkTokens(List<Integer> tokens) {
        for (int token : tokens) {
            if (token < 0 || token >= spec.vocabSize()) {
                throw new IllegalArgumentException(
                        "token id: " + token + " (expected: 0 to " + (spec.vocabSize() - 1) + ")");
            }
        }
    }

    private void refuse(ByteString connection, Submit submit, RefusalCode code, String message) {
        events.refused(
                connection,
                LaneEvents.refusal(
                        submit.getKey(), submit.getLane(), submit.getEpoch(), code, message));
    }
}
