package dev.tropical.kafka;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceSplit;
import org.apache.flink.core.io.InputStatus;
import org.jspecify.annotations.Nullable;

/**
 * A reader that asks its gate before each record. All methods run on the task's thread and none
 * waits; the gate's thread only completes the future that {@link #isAvailable} returned.
 */
@SuppressWarnings("try") // Flink's close() may throw anything
final class GatedReader<T, S extends SourceSplit> implements SourceReader<T, S> {
    private final SourceReader<T, S> inner;
    private final Gate.Factory gates;
    private final Set<String> splitIds = new LinkedHashSet<>();
    private @Nullable Gate gate;

    GatedReader(SourceReader<T, S> inner, Gate.Factory gates) {
        this.inner = inner;
        this.gates = gates;
    }

    @Override
    public void start() {
        gate = gates.open();
        inner.start();
    }

    @Override
    public InputStatus pollNext(ReaderOutput<T> output) throws Exception {
        if (!gate().isOpen()) {
            return InputStatus.NOTHING_AVAILABLE;
        }
        InputStatus status = inner.pollNext(output);
        if (status == InputStatus.MORE_AVAILABLE) { // each poll gives one record
            gate().passed();
        }
        return status;
    }

    /**
     * While the gate is closed, that it opens; else what the inner reader has. A gate that closes
     * while the inner future is waited for only costs one poll.
     */
    @Override
    public CompletableFuture<Void> isAvailable() {
        CompletableFuture<Void> opened = gate().opened();
        return opened.isDone() ? inner.isAvailable() : opened;
    }

    private Gate gate() {
        Gate started = gate;
        if (started == null) {
            throw new IllegalStateException("polled before start()");
        }
        return started;
    }

    @Override
    public List<S> snapshotState(long checkpointId) {
        return inner.snapshotState(checkpointId);
    }

    @Override
    public void addSplits(List<S> splits) {
        splits.forEach(split -> splitIds.add(split.splitId()));
        inner.addSplits(splits);
    }

    @Override
    public void notifyNoMoreSplits() {
        inner.notifyNoMoreSplits();
    }

    @Override
    public void handleSourceEvents(SourceEvent event) {
        inner.handleSourceEvents(event);
    }

    /**
     * The inner reader leaves it to its fetcher's thread to commit offsets, and does not wake it
     * for that. Behind a closed gate that thread waits for room in the reader's queue, and nothing
     * would be committed until the gate opens; to resume splits that are not paused wakes it.
     */
    @Override
    public void notifyCheckpointComplete(long checkpointId) throws Exception {
        inner.notifyCheckpointComplete(checkpointId);
        if (!gate().isOpen() && !splitIds.isEmpty()) {
            inner.pauseOrResumeSplits(List.of(), splitIds);
        }
    }

    @Override
    public void notifyCheckpointAborted(long checkpointId) throws Exception {
        inner.notifyCheckpointAborted(checkpointId);
    }

    @Override
    public void pauseOrResumeSplits(Collection<String> toPause, Collection<String> toResume) {
        inner.pauseOrResumeSplits(toPause, toResume);
    }

    @Override
    public void close() throws Exception {
        if (gate != null) {
            gate.close();
        }
        inner.close();
    }
}
