package dev.tropical.engine.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tropical.protocol.wire.EngineInfo;
import dev.tropical.protocol.wire.RouteInput;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceOutput;
import org.apache.flink.core.io.InputStatus;
import org.junit.jupiter.api.Test;

class EngineReaderTest {
    private final CollectedOutput output = new CollectedOutput();
    private boolean isClosed;
    private EngineListener feed;
    private final EngineReader reader =
            new EngineReader(
                    listener -> {
                        feed = listener;
                        return () -> isClosed = true;
                    });

    @Test
    void shouldEmitOnlyTheNewestStatusOfAnEngine() throws Exception {
        reader.addSplits(List.of(new EngineSplit(List.of())));
        feed.onUp(Engines.info("a", "1"));
        feed.onStatus(Engines.status("a", 1));
        feed.onStatus(Engines.status("a", 2));
        drain();
        assertThat(output.inputs).hasSize(2);
        assertThat(output.inputs.get(0).getMembership().getRemoved()).isFalse();
        assertThat(output.inputs.get(0).getCell()).isEqualTo(3);
        assertThat(output.inputs.get(1).getStatus().getNumber()).isEqualTo(2);
    }

    @Test
    void shouldEmitNoStatusAfterTheMembersRemoval() throws Exception {
        reader.addSplits(List.of(new EngineSplit(List.of())));
        feed.onUp(Engines.info("a", "1"));
        feed.onStatus(Engines.status("a", 1));
        feed.onLost(Engines.info("a", "1"), "gone");
        drain();
        assertThat(output.inputs).hasSize(2);
        assertThat(output.inputs.get(1).getMembership().getRemoved()).isTrue();
    }

    @Test
    void shouldRemoveRestoredMembersBeforeNewOnesComeUp() throws Exception {
        EngineInfo old = Engines.info("a", "1");
        reader.addSplits(List.of(new EngineSplit(List.of(old))));
        feed.onUp(Engines.info("a", "2"));
        drain();
        assertThat(output.inputs.get(0).getMembership().getRemoved()).isTrue();
        assertThat(output.inputs.get(0).getMembership().getEngine()).isEqualTo(old);
        assertThat(output.inputs.get(1).getMembership().getEngine().getIncarnation())
                .isEqualTo("2");
    }

    @Test
    void shouldRememberTheMembersThatWereEmitted() throws Exception {
        reader.addSplits(List.of(new EngineSplit(List.of())));
        feed.onUp(Engines.info("a", "1"));
        feed.onUp(Engines.info("b", "1"));
        feed.onLost(Engines.info("a", "1"), "gone");
        assertThat(members()).isEmpty();
        drain();
        assertThat(members()).containsExactly(Engines.info("b", "1"));
        byte[] bytes = new EngineSplitSerializer().serialize(reader.snapshotState(1).get(0));
        assertThat(new EngineSplitSerializer().deserialize(1, bytes).members())
                .containsExactly(Engines.info("b", "1"));
    }

    @Test
    void shouldWakeTheTaskOnlyWhenThereIsSomething() throws Exception {
        reader.addSplits(List.of(new EngineSplit(List.of())));
        CompletableFuture<Void> available = reader.isAvailable();
        assertThat(available).isNotDone();
        feed.onStatus(Engines.status("a", 1));
        assertThat(available).isDone();
        drain();
        assertThat(reader.isAvailable()).isNotDone();
    }

    @Test
    void shouldFailTheTaskWhenTheClientFails() {
        reader.addSplits(List.of(new EngineSplit(List.of())));
        CompletableFuture<Void> available = reader.isAvailable();
        feed.onFailure(new IllegalStateException("broken"));
        assertThat(available).isDone();
        assertThatThrownBy(() -> reader.pollNext(output)).hasRootCauseMessage("broken");
    }

    @Test
    void shouldCloseTheClient() throws Exception {
        reader.addSplits(List.of(new EngineSplit(List.of())));
        reader.close();
        assertThat(isClosed).isTrue();
    }

    private void drain() {
        while (reader.pollNext(output) != InputStatus.NOTHING_AVAILABLE) {}
    }

    private List<EngineInfo> members() {
        return reader.snapshotState(1).get(0).members();
    }

    private static final class CollectedOutput implements ReaderOutput<RouteInput> {
        final List<RouteInput> inputs = new ArrayList<>();

        @Override
        public void collect(RouteInput input) {
            inputs.add(input);
        }

        @Override
        public void collect(RouteInput input, long timestamp) {
            inputs.add(input);
        }

        @Override
        public void emitWatermark(Watermark watermark) {}

        @Override
        public void markIdle() {}

        @Override
        public void markActive() {}

        @Override
        public SourceOutput<RouteInput> createOutputForSplit(String splitId) {
            return this;
        }

        @Override
        public void releaseOutputForSplit(String splitId) {}
    }
}
