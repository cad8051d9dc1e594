package dev.tropical.engine.client;

import java.io.IOException;
import java.util.List;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.jspecify.annotations.Nullable;

/**
 * Gives the one split to the one reader. Its state: whether it has done so; the split's own state
 * is the reader's.
 */
final class EngineSplitEnumerator implements SplitEnumerator<EngineSplit, Boolean> {
    private final SplitEnumeratorContext<EngineSplit> context;
    private @Nullable EngineSplit unassigned;

    EngineSplitEnumerator(SplitEnumeratorContext<EngineSplit> context, boolean isAssigned) {
        this.context = context;
        this.unassigned = isAssigned ? null : new EngineSplit(List.of());
    }

    @Override
    public void start() {}

    @Override
    public void addReader(int subtask) {
        EngineSplit split = unassigned;
        if (split != null) {
            context.assignSplit(split, subtask);
            unassigned = null;
        }
    }

    /** The reader failed before a checkpoint held the split. */
    @Override
    public void addSplitsBack(List<EngineSplit> splits, int subtask) {
        for (EngineSplit split : splits) {
            unassigned = split;
        }
    }

    @Override
    public void handleSplitRequest(int subtask, @Nullable String host) {}

    @Override
    public Boolean snapshotState(long checkpointId) {
        return unassigned == null;
    }

    @Override
    public void close() {}

    /** One byte. */
    static final class StateSerializer implements SimpleVersionedSerializer<Boolean> {
        private static final int VERSION = 1;

        @Override
        public int getVersion() {
            return VERSION;
        }

        @Override
        public byte[] serialize(Boolean isAssigned) {
            return new byte[] {(byte) (isAssigned ? 1 : 0)};
        }

        @Override
        public Boolean deserialize(int version, byte[] bytes) throws IOException {
            Versions.check(version, VERSION, "engine split enumerator");
            return bytes.length == 1 && bytes[0] == 1;
        }
    }
}
