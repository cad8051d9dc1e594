package dev.tropical.engine.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.protocol.wire.EngineStatus;
import org.junit.jupiter.api.Test;

class StatusPublisherTest {

    @Test
    void shouldLetDurationsRunDownInAHeartbeat() {
        EngineStatus taken =
                EngineStatus.newBuilder()
                        .setMinSpareSlackNs(100)
                        .setPredictedPrefillEndNs(250)
                        .setPredictedStepEndNs(230)
                        .build();
        EngineStatus aged = StatusPublisher.aged(taken, 200);
        assertThat(aged.getMinSpareSlackNs()).isEqualTo(-100);
        assertThat(aged.getPredictedPrefillEndNs()).isEqualTo(50);
        assertThat(aged.getPredictedStepEndNs()).isEqualTo(30);
        EngineStatus overdue = StatusPublisher.aged(taken, 300);
        assertThat(overdue.getPredictedPrefillEndNs()).isZero();
        assertThat(overdue.getPredictedStepEndNs()).as("it still runs").isEqualTo(1);
    }

    @Test
    void shouldKeepNoSlackAsNoSlack() {
        EngineStatus taken = EngineStatus.newBuilder().setMinSpareSlackNs(Long.MAX_VALUE).build();
        assertThat(StatusPublisher.aged(taken, 200)).isEqualTo(taken);
    }

    @Test
    void shouldCountProgressOnlyWhileThereIsWork() {
        Progress progress = new Progress();
        assertThat(progress.ageNs(1_000)).isZero();
        progress.advanced(1_000);
        assertThat(progress.ageNs(1_500)).isEqualTo(500);
        progress.idle();
        assertThat(progress.ageNs(9_000)).isZero();
    }
}
