package dev.tropical.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tropical.protocol.wire.Slo;
import java.util.List;
import org.junit.jupiter.api.Test;

class SummaryTest {
    private static final long MS = 1_000_000;

    private static RequestResult result(
            int outputTokens, long startedMs, long firstTokenMs, long endedMs) {
        Slo slo = Slo.newBuilder().setTtftNs(100 * MS).setTpotNs(10 * MS).build();
        return new RequestResult(
                new SimulatedRequest("r", 1_000 * MS, 5, outputTokens, slo),
                false,
                startedMs * MS,
                firstTokenMs * MS,
                endedMs * MS);
    }

    @Test
    void shouldDeriveTheTimesOfARequest() {
        RequestResult result = result(5, 1_020, 1_100, 1_140);
        assertThat(result.queueingNs()).isEqualTo(20 * MS);
        assertThat(result.ttftNs()).isEqualTo(100 * MS);
        assertThat(result.tpotNs()).as("40 ms over 4 gaps").isEqualTo(10 * MS);
        assertThat(result.jctNs()).isEqualTo(140 * MS);
    }

    @Test
    void shouldAttainOnlyWhenBothObjectivesAreMet() {
        assertThat(result(5, 1_020, 1_100, 1_140).isAttained()).as("both just met").isTrue();
        assertThat(result(5, 1_020, 1_101, 1_140).isAttained()).as("ttft").isFalse();
        assertThat(result(5, 1_020, 1_100, 1_141).isAttained()).as("tpot").isFalse();
        assertThat(result(1, 1_020, 1_100, 1_100).isAttained()).as("one token").isTrue();
    }

    @Test
    void shouldCountRejectedRequestsAsMissedAndLeaveTheirTimesOut() {
        SimulatedRequest request = result(5, 0, 0, 0).request();
        RequestResult rejected = new RequestResult(request, true, -1, -1, 11_000 * MS);
        Summary summary = Summary.of(List.of(rejected, result(5, 1_020, 1_050, 1_090)));
        assertThat(summary.attainment()).isEqualTo(0.5);
        assertThat(summary.rejected()).isEqualTo(0.5);
        assertThat(summary.ttft().mean()).isCloseTo(0.05, within(1e-9));
    }

    @Test
    void shouldTakeTheLeastValueThatSoManyAreNotAbove() {
        long[] seconds = new long[10];
        for (int i = 0; i < 10; i++) {
            seconds[i] = (10 - i) * 1_000 * MS;
        }
        Summary.Spread spread = Summary.Spread.of(seconds);
        assertThat(spread).isEqualTo(new Summary.Spread(5.5, 5, 9, 10));
        assertThat(Summary.Spread.of(new long[0])).isEqualTo(new Summary.Spread(0, 0, 0, 0));
    }
}
