package dev.tropical.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceSplit;
import org.apache.flink.core.io.InputStatus;
import org.junit.jupiter.api.Test;

class GatedReaderTest {
    private final FakeGate gate = new FakeGate();
    private final FakeReader inner = new FakeReader();
    private final GatedReader<String, SourceSplit> reader = new GatedReader<>(inner, () -> gate);

    @Test
    void shouldReportNothingAvailableWhileTheGateIsClosed() throws Exception {
        reader.start();
        assertThat(reader.pollNext(null)).isEqualTo(InputStatus.NOTHING_AVAILABLE);
        assertThat(inner.polls).isZero();
        CompletableFuture<Void> available = reader.isAvailable();
        assertThat(available).isNotDone();
        gate.opened.complete(null);
        assertThat(available).isDone();
        assertThat(gate.passed).isZero();
        assertThat(reader.pollNext(null)).isEqualTo(InputStatus.MORE_AVAILABLE);
        assertThat(gate.passed).isOne();
    }

    @Test
    void shouldWaitForTheInnerReaderWhileTheGateIsOpen() {
        reader.start();
        gate.opened.complete(null);
        assertThat(reader.isAvailable()).isSameAs(inner.available);
    }

    @Test
    void shouldKeepTakingSplitsAndCheckpointsWhileTheGateIsClosed() throws Exception {
        reader.start();
        SourceSplit split = () -> "split-1";
        reader.addSplits(List.of(split));
        assertThat(reader.snapshotState(7)).containsExactly(split);
        reader.notifyCheckpointComplete(7);
        assertThat(inner.completed).isEqualTo(7);
    }

    @Test
    void shouldWakeTheFetcherForItsCommitWhileTheGateIsClosed() throws Exception {
        reader.start();
        reader.addSplits(List.of(() -> "split-1"));
        reader.notifyCheckpointComplete(7);
        assertThat(inner.resumedAt).containsExactly(Map.entry("split-1", 7L));
        gate.opened.complete(null);
        reader.notifyCheckpointComplete(8);
        assertThat(inner.resumedAt).containsExactly(Map.entry("split-1", 7L));
    }

    @Test
    void shouldCloseTheGateWithTheReader() throws Exception {
        reader.start();
        reader.close();
        assertThat(gate.isClosed).isTrue();
        assertThat(inner.isClosed).isTrue();
    }

    @Test
    void shouldFailTheTaskWhenTheGateIsBroken() {
        reader.start();
        gate.isBroken = true;
        assertThatThrownBy(() -> reader.pollNext(null)).hasMessage("broken");
    }

    private static final class FakeGate implements Gate {
        final CompletableFuture<Void> opened = new CompletableFuture<>();
        boolean isBroken;
        boolean isClosed;
        int passed;

        @Override
        public void passed() {
            passed++;
        }

        @Override
        public boolean isOpen() {
            if (isBroken) {
                throw new IllegalStateException("broken");
            }
            return opened.isDone();
        }

        @Override
        public CompletableFuture<Void> opened() {
            return opened;
        }

        @Override
        public void close() {
            isClosed = true;
        }
    }

    private static final class FakeReader implements SourceReader<String, SourceSplit> {
        final CompletableFuture<Void> available = new CompletableFuture<>();
        List<SourceSplit> splits = List.of();
        final Map<String, Long> resumedAt = new HashMap<>();
        int polls;
        long completed;
        boolean isClosed;

        @Override
        public void start() {}

        @Override
        public InputStatus pollNext(ReaderOutput<String> output) {
            polls++;
            return InputStatus.MORE_AVAILABLE;
        }

        @Override
        public List<SourceSplit> snapshotState(long checkpointId) {
            return splits;
        }

        @Override
        public CompletableFuture<Void> isAvailable() {
            return available;
        }

        @Override
        public void addSplits(List<SourceSplit> added) {
            splits = added;
        }

        @Override
        public void notifyNoMoreSplits() {}

        @Override
        public void pauseOrResumeSplits(Collection<String> toPause, Collection<String> toResume) {
            assertThat(toPause).isEmpty();
            toResume.forEach(split -> resumedAt.put(split, completed));
        }

        @Override
        public void notifyCheckpointComplete(long checkpointId) {
            completed = checkpointId;
        }

        @Override
        public void close() {
            isClosed = true;
        }
    }
}
