package dev.tropical.engine.client;

import dev.tropical.protocol.wire.EngineInfo;
import dev.tropical.protocol.wire.Membership;
import dev.tropical.protocol.wire.RouteInput;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.core.io.InputStatus;
import org.jspecify.annotations.Nullable;

/**
 * Emits what the feed holds. All methods run on the task's thread; the client that fills the feed
 * starts with the split, after the members that it brings back have been removed.
 */
@SuppressWarnings("try") // Flink's close() may throw anything
final class EngineReader implements SourceReader<RouteInput, EngineSplit> {
    private final EngineFeed feed = new EngineFeed();
    private final Opener opener;
    private final Map<String, EngineInfo> members = new LinkedHashMap<>();
    private @Nullable AutoCloseable client;

    /** Starts what fills the feed. */
    interface Opener {
        AutoCloseable open(EngineListener listener);
    }

    EngineReader(Opener opener) {
        this.opener = opener;
    }

    @Override
    public void start() {}

    @Override
    public void addSplits(List<EngineSplit> splits) {
        for (EngineSplit split : splits) {
            for (EngineInfo member : split.members()) {
                members.put(member.getEngineId(), member);
                feed.removed(member);
            }
        }
        if (client == null) {
            client = opener.open(feed);
        }
    }

    @Override
    public InputStatus pollNext(ReaderOutput<RouteInput> output) {
        RouteInput next = feed.poll();
        if (next == null) {
            return InputStatus.NOTHING_AVAILABLE;
        }
        if (next.hasMembership()) {
            remember(next.getMembership());
        }
        output.collect(next);
        return InputStatus.MORE_AVAILABLE;
    }

    private void remember(Membership membership) {
        EngineInfo engine = membership.getEngine();
        if (membership.getRemoved()) {
            members.remove(engine.getEngineId());
        } else {
            members.put(engine.getEngineId(), engine);
        }
    }

    @Override
    public CompletableFuture<Void> isAvailable() {
        return feed.available();
    }

    @Override
    public List<EngineSplit> snapshotState(long checkpointId) {
        return client == null ? List.of() : List.of(new EngineSplit(List.copyOf(members.values())));
    }

    @Override
    public void notifyNoMoreSplits() {}

    @Override
    public void close() throws Exception {
        if (client != null) {
            client.close();
        }
    }
}
