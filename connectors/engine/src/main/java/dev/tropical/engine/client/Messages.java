package dev.tropical.engine.client;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.tropical.protocol.Wire;
import dev.tropical.protocol.WireException;
import dev.tropical.protocol.wire.EngineCommand;
import dev.tropical.protocol.wire.EngineEvents;
import dev.tropical.protocol.wire.EngineInfo;
import dev.tropical.protocol.wire.EngineStatus;
import dev.tropical.protocol.wire.Members;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An engine's messages, or null for what is to be dropped: of another version, malformed, or of
 * another incarnation, which an address can have when a port is used again.
 */
final class Messages {
    private static final Logger LOG = LoggerFactory.getLogger(Messages.class);

    private Messages() {}

    static @Nullable EngineStatus status(byte[] bytes, EngineInfo engine) {
        try {
            EngineStatus status = EngineStatus.parseFrom(bytes);
            Wire.checkVersion(status.getVersion(), "status of " + engine.getEngineId());
            return isOf(engine, status.getEngineId(), status.getIncarnation()) ? status : null;
        } catch (InvalidProtocolBufferException | WireException e) {
            LOG.warn("dropped a status of engine {}: {}", engine.getEngineId(), e.getMessage());
            return null;
        }
    }

    static @Nullable EngineEvents events(byte[] bytes, EngineInfo engine) {
        try {
            EngineEvents events = EngineEvents.parseFrom(bytes);
            Wire.checkVersion(events.getVersion(), "events of " + engine.getEngineId());
            return isOf(engine, events.getEngineId(), events.getIncarnation()) ? events : null;
        } catch (InvalidProtocolBufferException | WireException e) {
            LOG.warn("dropped events of engine {}: {}", engine.getEngineId(), e.getMessage());
            return null;
        }
    }

    private static boolean isOf(EngineInfo engine, String id, String incarnation) {
        return engine.getEngineId().equals(id) && engine.getIncarnation().equals(incarnation);
    }

    /** The command that tells an engine who else is in its cell; without its wire version. */
    static EngineCommand members(RegistrySnapshot registry, int cell) {
        Members.Builder members = Members.newBuilder().setVersion(registry.version());
        registry.engines().values().stream()
                .filter(engine -> engine.getCell() == cell)
                .forEach(members::addEngines);
        return EngineCommand.newBuilder().setMembers(members).build();
    }
}
