package dev.tropical.flink.dispatch;

import com.google.protobuf.ByteString;
import dev.tropical.kafka.KafkaSettings;
import dev.tropical.protocol.CompletionRecord;
import dev.tropical.protocol.CompletionRecord.Chunk;
import dev.tropical.protocol.CompletionRecord.Failure;
import dev.tropical.protocol.CompletionRecord.Meta;
import dev.tropical.protocol.ErrorCode;
import dev.tropical.protocol.FinishWord;
import dev.tropical.protocol.Wire;
import dev.tropical.protocol.wire.AdmittedRequest;
import dev.tropical.protocol.wire.InFlightPhase;
import dev.tropical.protocol.wire.Retry;
import dev.tropical.protocol.wire.SequenceKey;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a lane can do to a request: submit it, go on elsewhere, say more of it, end it. */
final class LaneActions {
    private static final Logger LOG = LoggerFactory.getLogger(LaneActions.class);

    /** A request that may have ended so many engines itself fails. */
    static final int MAX_LOSSES = 3;

    /**
     * The same for engines that it most likely did not end: it waited there, or had got on. What
     * ends an engine does so at the same place again.
     */
    static final int MAX_OTHER_LOSSES = 8;

    /**
     * Most bytes of a retry. It holds every choice's tokens and log-probabilities, which a client
     * can make as many as it likes; a record that the topic refuses would end the job, and again
     * after each restart. Half of what the topic takes: no batch or header comes near the rest.
     */
    static final int MAX_RETRY_BYTES = KafkaSettings.MAX_RECORD_BYTES / 2;

    /** A gap is asked for once, and again when nothing came for this long. */
    private static final long ATTACH_AGAIN_MS = 250;

    private final RequestTable table;
    private final EngineTable engines;
    private final AckLedger acks;
    private final Commands commands;
    private final TextSource texts;
    private final Emitted emitted;
    private final LaneOutput output;
    private final LongSupplier clockMs;
    private final long epoch;

    LaneActions(
            RequestTable table,
            EngineTable engines,
            AckLedger acks,
            TextSource texts,
            LaneOutput output,
            LongSupplier clockMs,
            Run run) {
        this.table = table;
        this.engines = engines;
        this.acks = acks;
        this.texts = texts;
        this.output = output;
        this.clockMs = clockMs;
        this.emitted = run.emitted();
        this.epoch = run.epoch();
        this.commands = new Commands(run.epoch());
    }

    /**
     * A request that the lane meets for the first time; it starts where its readers are.
     *
     * @return null when it has ended: its model is not served here, or readers lack its ending
     *     alone
     */
    @Nullable InFlightRequest begin(AdmittedRequest admitted) {
        if (!texts.serves(admitted.getModel())) {
            endUnserved(admitted);
            return null;
        }
        InFlightRequest request = new InFlightRequest(admitted, texts);
        emitted.applyTo(request);
        table.add(request);
        if (endIfFinished(request)) {
            return null;
        }
        if (admitted.getEcho()) {
            String prompt = texts.promptText(admitted);
            request.choices().forEach(c -> say(request, c.echo(prompt, meta(request))));
        }
        return request;
    }

    /** Of a notice. */
    Meta meta() {
        return new Meta(epoch, null);
    }

    /** Of a request's records. */
    Meta meta(InFlightRequest request) {
        return new Meta(epoch, null, request.shortHash());
    }

    /** Of the records of a request of which the lane knows nothing but its body's hash. */
    Meta meta(ByteString bodySha256) {
        return new Meta(epoch, null, InFlightRequest.shortHash(bodySha256));
    }

    /** A record under the request's id: its readers drop what comes of earlier epochs now. */
    void saidOf(InFlightRequest request) {
        request.saidIn(epoch);
        table.changed(request);
    }

    /** Says more of a request that goes on. */
    void say(InFlightRequest request, Chunk record) {
        request.saidIn(epoch);
        output.emit(record);
    }

    void emit(CompletionRecord record) {
        output.emit(record);
    }

    /** Hands every unfinished choice to the attempt's engine. */
    void submit(InFlightRequest request) {
        long nowMs = clockMs.getAsLong();
        request.run(request.attempt(), request.engineId(), nowMs);
        for (ChoiceStream choice : request.unfinished()) {
            choice.engine().heard(request.engineId(), nowMs);
            output.send(request.engineId(), commands.submit(request, choice, nowMs));
        }
        table.changed(request);
    }

    /** An inventory says that the engine runs this attempt; it lists choices one by one. */
    void adopt(InFlightRequest request, int attempt, String engineId) {
        request.choices().forEach(choice -> choice.engine().unconfirm());
        request.run(attempt, engineId, clockMs.getAsLong());
        table.changed(request);
    }

    /**
     * The attempt cannot go on: its sequences are cancelled where they may still run, and the
     * router is asked for another engine.
     *
     * @param isLoss whether it counts towards {@link #MAX_LOSSES} or {@link #MAX_OTHER_LOSSES}; a
     *     full queue does not
     * @param engineId which it leaves; the router gives that one nothing before its next status
     */
    void retry(InFlightRequest request, boolean isLoss, String engineId, String reason) {
        boolean isSuspect = request.isSuspect(engineId);
        int losses = request.losses().count(isSuspect);
        if (isLoss && losses + 1 >= (isSuspect ? MAX_LOSSES : MAX_OTHER_LOSSES)) {
            fail(
                    request,
                    ErrorCode.ENGINE_FAILED,
                    "lost its engine " + (losses + 1) + " times; the last: " + reason);
            return;
        }
        LOG.info(
                "request {} leaves engine {} (attempt {}): {}",
                request.id(),
                engineId,
                request.attempt(),
                reason);
        request.unfinished().forEach(choice -> cancelAt(choice.engine().holder(), request, choice));
        Retry retry = request.giveUp(isLoss, engineId, !engines.isGreeted(engineId));
        int bytes = retry.getSerializedSize();
        if (bytes > MAX_RETRY_BYTES) {
            fail(
                    request,
                    ErrorCode.ENGINE_FAILED,
                    "lost its engine, and has %d bytes to go on with (expected: at most %d)"
                            .formatted(bytes, MAX_RETRY_BYTES));
            return;
        }
        output.retry(retry);
        table.changed(request);
    }

    /** Asks for tokens that are missing, or for a sign of life. */
    void attach(InFlightRequest request, ChoiceStream choice, String engineId) {
        long nowMs = clockMs.getAsLong();
        if (nowMs - choice.engine().attachedAtMs() < ATTACH_AGAIN_MS) {
            return;
        }
        choice.engine().attached(nowMs);
        output.send(
                engineId,
                commands.attach(request.key(choice), request.lane(), choice.tokenCount()));
    }

    /** Tells an engine to drop a sequence that nobody waits for. */
    void cancelStray(String engineId, SequenceKey key, int lane) {
        output.send(engineId, commands.cancel(key, lane));
    }

    void cancelAt(String engineId, InFlightRequest request, ChoiceStream choice) {
        if (request.phase() == InFlightPhase.RUNNING && !engineId.isEmpty()) {
            output.send(engineId, commands.cancel(request.key(choice), request.lane()));
        }
    }

    /**
     * Ends a request all of whose choices have finished: well, unless readers have seen one fail,
     * of a run that has died before the ending.
     *
     * @return whether it has ended
     */
    boolean endIfFinished(InFlightRequest request) {
        FinishWord cutBy = request.cutBy();
        if (cutBy == FinishWord.CANCELLED) {
            cancel(request);
        } else if (cutBy != null) {
            String message = "it had failed when the job was started again, which lost the cause";
            fail(request, ErrorCode.INTERNAL, message);
        } else if (request.isFinished()) {
            complete(request);
        }
        return cutBy != null || request.isFinished();
    }

    private void complete(InFlightRequest request) {
        acks.ended(request);
        emit(Endings.good(request, epoch, clockMs.getAsLong()));
        bury(request, true);
    }

    /** The client's wish: every engine hears of it, for a migration may be under way. */
    void cancel(InFlightRequest request) {
        for (ChoiceStream choice : request.unfinished()) {
            SequenceKey every =
                    request.key(choice).toBuilder().setAttempt(Wire.EVERY_ATTEMPT).build();
            for (String engine : engines.reachable()) {
                output.send(engine, commands.cancel(every, request.lane()));
            }
        }
        endBadly(request, new Failure(ErrorCode.CANCELLED.code(), "cancelled", null));
    }

    /** Ends the request with an error, and frees what engines hold of it. */
    void fail(InFlightRequest request, ErrorCode code, String message) {
        request.unfinished().forEach(choice -> cancelAt(choice.engine().holder(), request, choice));
        endBadly(request, new Failure(code.code(), message, null));
    }

    /**
     * Ends a request that was admitted when another model was served: its text cannot be told
     * without that model's tokenizer.
     */
    void endUnserved(AdmittedRequest admitted) {
        String message = "model '%s' is not served here any more".formatted(admitted.getModel());
        Failure failure = new Failure(ErrorCode.MODEL_NOT_FOUND.code(), message, "model");
        Meta meta = meta(admitted.getBodySha256());
        endUnknown(admitted.getId(), admitted.getLane(), failure, meta);
    }

    /** Ends a request of which nothing is known here but what its readers may have seen. */
    void endUnknown(String id, int lane, Failure failure, Meta meta) {
        emitted.cut(id, FinishWord.ofFailure(failure.code()), meta).forEach(this::emit);
        emit(CompletionRecord.Ending.bad(id, failure, meta));
        table.end(id, lane, clockMs.getAsLong());
    }

    /** Each unfinished choice gets its reason, then the request its one ending. */
    void endBadly(InFlightRequest request, Failure failure) {
        acks.ended(request);
        FinishWord reason = FinishWord.ofFailure(failure.code());
        request.unfinished().forEach(choice -> emit(choice.cut(reason, meta(request))));
        emit(Endings.bad(request, failure, epoch, clockMs.getAsLong()));
        bury(request, false);
    }

    private void bury(InFlightRequest request, boolean isGood) {
        output.ended(request, isGood);
        table.end(request.id(), request.lane(), clockMs.getAsLong());
    }
}
