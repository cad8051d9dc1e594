package dev.tropical.engine.client;

import dev.tropical.protocol.wire.EngineInfo;
import java.util.Map;

/**
 * The engines that are registered.
 *
 * @param version grows with each change: the offset after the last record read
 * @param engines by engine id
 */
public record RegistrySnapshot(long version, Map<String, EngineInfo> engines) {
    static final RegistrySnapshot EMPTY = new RegistrySnapshot(0, Map.of());

    public RegistrySnapshot {
        engines = Map.copyOf(engines);
    }
}
