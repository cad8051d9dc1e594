package dev.tropical.engine.client;

import dev.tropical.protocol.wire.EngineInfo;
import java.util.List;
import org.apache.flink.api.connector.source.SourceSplit;

/**
 * The one split of an {@link EngineSource}; its state is the members that were emitted and not yet
 * removed. A restored source removes them before it says who is up now, so that an engine which
 * ended meanwhile does not stay a member for ever.
 */
record EngineSplit(List<EngineInfo> members) implements SourceSplit {
    EngineSplit {
        members = List.copyOf(members);
    }

    @Override
    public String splitId() {
        return "engines";
    }
}
