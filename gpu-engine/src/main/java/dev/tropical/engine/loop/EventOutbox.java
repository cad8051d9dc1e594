package dev.tropical.engine.loop;

import com.google.protobuf.ByteString;
import dev.tropical.engine.io.EnginePort;
import dev.tropical.engine.io.Outbound;
import dev.tropical.protocol.Wire;
import dev.tropical.protocol.wire.EngineEvent;
import dev.tropical.protocol.wire.EngineEvents;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/** Gathers a cycle's events into one message a connection. Loop thread. */
final class EventOutbox {
    private final EnginePort port;
    private final EngineEvents header;
    private final Map<ByteString, EngineEvents.Builder> batches = new LinkedHashMap<>();

    EventOutbox(EnginePort port, String engineId, String incarnation) {
        this.port = port;
        this.header =
                EngineEvents.newBuilder()
                        .setVersion(Wire.VERSION)
                        .setEngineId(engineId)
                        .setIncarnation(incarnation)
                        .build();
    }

    void add(ByteString connection, EngineEvent event) {
        batches.computeIfAbsent(connection, c -> header.toBuilder()).addEvents(event);
    }

    /**
     * Hands everything to the I/O thread; {@code onDropped} hears of what a full mailbox refused.
     */
    void flush(Consumer<Outbound.Events> onDropped) {
        batches.forEach(
                (connection, events) -> {
                    Outbound.Events message = new Outbound.Events(connection, events.build());
                    if (!port.send(message)) {
                        onDropped.accept(message);
                    }
                });
        batches.clear();
    }
}
