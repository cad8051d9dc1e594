package dev.tropical.openai.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.openai.monitor.Capacity.Kind;
import dev.tropical.protocol.CellDepth;
import dev.tropical.protocol.CellReport;
import dev.tropical.protocol.EngineLoad;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JobStateTest {
    private static final long SECOND_NS = 1_000_000_000L;

    private final JobState state = new JobState();

    @Test
    void shouldBeDownUntilTheJobSaysThatAnEngineIsUp() {
        state.accept(report(true, true, 0), 0); // of a job that was
        state.caughtUp();
        assertThat(state.isReady(0)).isFalse();
        assertThat(state.capacity(0).kind()).isEqualTo(Kind.DOWN);

        state.accept(report(true, false, 0), 1);
        assertThat(state.capacity(1).reason()).contains("no engine is up");
        state.accept(report(true, true, 0), 2);

        assertThat(state.isReady(2)).isTrue();
        assertThat(state.capacity(2)).isEqualTo(Capacity.OPEN);
    }

    @Test
    void shouldTakeCallsThroughAShortPauseThoughItIsNotReady() {
        state.caughtUp();
        state.accept(report(true, true, 0), 0);

        long silent = JobState.SILENCE_NS + 1;
        assertThat(state.isReady(silent)).isFalse();
        assertThat(state.capacity(silent).kind()).isEqualTo(Kind.OPEN);
        assertThat(state.capacity(JobState.PATIENCE_NS + 1).kind()).isEqualTo(Kind.DOWN);
    }

    @Test
    void shouldSayWhenAFullQueueWillHaveRoom() {
        state.caughtUp();
        state.accept(report(true, true, 100), 0);
        state.accept(report(false, true, 120), 2 * SECOND_NS); // ten a second

        Capacity capacity = state.capacity(2 * SECOND_NS);

        assertThat(capacity.kind()).isEqualTo(Kind.FULL);
        assertThat(capacity.reason()).contains("cell 3 has 300 requests queued");
        assertThat(capacity.retryAfterSeconds()).isEqualTo(15); // half of them
    }

    private static CellReport report(boolean isOpen, boolean isUp, long finished) {
        EngineLoad engine =
                new EngineLoad("e", "decode", "cpu", isUp, 0, 0, 0, 1, 1, 0, 0, 0, finished);
        return new CellReport(new CellDepth(3, 300, 0, isOpen), List.of(engine), Map.of());
    }
}
