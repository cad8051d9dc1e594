package dev.tropical.engine.loop;

import com.google.protobuf.ByteString;
import dev.tropical.engine.io.EnginePort;
import dev.tropical.engine.io.Outbound;
import dev.tropical.protocol.Wire;
import dev.tropical.protocol.wire.EngineEvent;
import dev.tropical.protocol.wire.EngineEvents;
import dev.tropical.protocol.wire.FinishReason;
import dev.tropical.protocol.wire.SequenceKey;
import dev.tropical.protocol.wire.TokenEvent;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Gathers events into one message a connection. Tokens in the midst of a sequence wait for those of
 * the next steps until {@code pause} has passed since the last message: steps that are shorter than
 * that would else cost a message, a record and several processes' wake-ups each. Loop thread.
 */
final class EventOutbox {
    private final EnginePort port;
    private final EngineEvents header;
    private final long pauseNs;
    private final Map<ByteString, Batch> batches = new LinkedHashMap<>();
    private boolean isUrgent;
    private long lastFlushNs;

    /** A message in the making, and its events that the next tokens may be added to. */
    private static final class Batch {
        final EngineEvents.Builder events;
        final Map<SequenceKey, TokenEvent.Builder> open = new HashMap<>();

        Batch(EngineEvents header) {
            events = header.toBuilder();
        }

        void add(EngineEvent event) {
            open.clear(); // what comes later stays behind it
            events.addEvents(event);
        }

        void add(TokenEvent event) {
            TokenEvent.Builder before = open.get(event.getKey());
            if (before == null || !isNext(before, event)) {
                before = events.addEventsBuilder().getTokensBuilder().mergeFrom(event);
                open.put(event.getKey(), before);
                return;
            }
            before.addAllTokenIds(event.getTokenIdsList())
                    .addAllLogprobs(event.getLogprobsList())
                    .setFinish(event.getFinish())
                    .setStopTokenId(event.getStopTokenId());
            if (event.hasTimings()) {
                before.setTimings(event.getTimings());
            }
        }

        private static boolean isNext(TokenEvent.Builder before, TokenEvent event) {
            return before.getEpoch() == event.getEpoch()
                    && before.getOffset() + before.getTokenIdsCount() == event.getOffset();
        }
    }

    EventOutbox(EnginePort port, String engineId, String incarnation, long pauseNs) {
        this.port = port;
        this.pauseNs = pauseNs;
        this.header =
                EngineEvents.newBuilder()
                        .setVersion(Wire.VERSION)
                        .setEngineId(engineId)
                        .setIncarnation(incarnation)
                        .build();
    }

    /** An event that waits for nothing. */
    void add(ByteString connection, EngineEvent event) {
        batch(connection).add(event);
        isUrgent = true;
    }

    /** A sequence's next tokens; its very first and its last do not wait either. */
    void add(ByteString connection, TokenEvent event) {
        batch(connection).add(event);
        isUrgent |= event.hasTimings() || event.getFinish() != FinishReason.NOT_FINISHED;
    }

    private Batch batch(ByteString connection) {
        return batches.computeIfAbsent(connection, c -> new Batch(header));
    }

    /**
     * Hands everything to the I/O thread if it is time to.
     *
     * @param mayWait whether the loop comes back soon
     * @param onDropped hears of what a full mailbox refused
     */
    void flush(long nowNs, boolean mayWait, Consumer<Outbound.Events> onDropped) {
        if (batches.isEmpty() || (mayWait && !isUrgent && nowNs - lastFlushNs < pauseNs)) {
            return;
        }
        batches.forEach(
                (connection, batch) -> {
                    Outbound.Events message = new Outbound.Events(connection, batch.events.build());
                    if (!port.send(message)) {
                        onDropped.accept(message);
                    }
                });
        batches.clear();
        isUrgent = false;
        lastFlushNs = nowNs;
    }
}
