package dev.tropical.engine.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.protocol.wire.EngineStatus;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class LivenessTest {
    private static final long MS = 1_000_000;

    private final Liveness liveness =
            new Liveness(
                    new EngineClientOptions(
                            Duration.ofMillis(1000), Duration.ofMillis(500), 5, 100, null));

    @Test
    void shouldNotBeAliveBeforeTheFirstStatus() {
        assertThat(liveness.isAlive()).isFalse();
    }

    @Test
    void shouldBeLostAfterSilenceOnly() {
        liveness.accept(status(1, 0, 0), 7 * MS);
        assertThat(liveness.isAlive()).isTrue();
        assertThat(liveness.fault(1007 * MS)).isNull();
        assertThat(liveness.fault(1008 * MS)).isEqualTo("no status for 1001 ms");
    }

    @Test
    void shouldIgnoreAStatusThatIsNotNewer() {
        assertThat(liveness.accept(status(5, 0, 0), 0)).isTrue();
        assertThat(liveness.accept(status(5, 0, 0), 900 * MS)).isFalse();
        assertThat(liveness.fault(1001 * MS)).isNotNull();
    }

    @Test
    void shouldCountAStandingLoopAsLostWhileTheHeartbeatGoesOn() {
        liveness.accept(status(1, 501 * MS, 10 * MS), 0);
        assertThat(liveness.isAlive()).isFalse();
        assertThat(liveness.fault(0)).isEqualTo("no progress for 501 ms (expected: within 500 ms)");
        liveness.accept(status(2, 0, 10 * MS), MS);
        assertThat(liveness.isAlive()).isTrue();
        assertThat(liveness.fault(MS)).isNull();
    }

    @Test
    void shouldGiveALongStepFiveTimesItsPrediction() {
        liveness.accept(status(1, 999 * MS, 200 * MS), 0);
        assertThat(liveness.isAlive()).isTrue();
        liveness.accept(status(2, 1001 * MS, 200 * MS), 0);
        assertThat(liveness.isAlive()).isFalse();
    }

    private static EngineStatus status(long number, long progressAgeNs, long predictedStepNs) {
        return EngineStatus.newBuilder()
                .setNumber(number)
                .setProgressAgeNs(progressAgeNs)
                .setPredictedStepNs(predictedStepNs)
                .build();
    }
}
