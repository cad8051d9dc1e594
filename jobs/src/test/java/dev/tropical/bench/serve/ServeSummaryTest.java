package dev.tropical.bench.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tropical.simulator.Summary.Spread;
import java.util.List;
import org.junit.jupiter.api.Test;

class ServeSummaryTest {
    @Test
    void shouldCountARequestAsAttainedOnlyWithBothObjectivesMet() {
        ServeSummary summary =
                ServeSummary.of(
                        List.of(
                                Requests.done(0, 0, null, 100, 110, 120), // just
                                Requests.done(1, 0, null, 101, 102), // TTFT
                                Requests.done(2, 0, null, 50, 71), // TPOT
                                Requests.done(3, 0, null, 100), // one token
                                Requests.missed(4, Outcome.REJECTED),
                                Requests.missed(5, Outcome.FAILED),
                                Requests.missed(6, Outcome.UNFINISHED),
                                Requests.missed(7, Outcome.UNFINISHED)));
        assertThat(summary.requests().requests()).isEqualTo(8);
        assertThat(summary.requests().attainment()).isEqualTo(2.0 / 8);
        assertThat(summary.counts()).isEqualTo(new ServeSummary.Counts(2, 1, 1, 2, 0, 0));
        assertThat(summary.requests().ttft().mean())
                .as("of the answered ones: (100 + 101 + 50 + 100) / 4 ms")
                .isCloseTo(0.08775, within(1e-9));
        assertThat(summary.requests().tpot().p90()).as("21 ms").isCloseTo(0.021, within(1e-9));
    }

    @Test
    void shouldTakeGapsBetweenTokensNotBetweenPieces() {
        RequestRecord inPieces =
                new RequestRecord(
                        Requests.request("r", 0, 4),
                        false,
                        0,
                        Outcome.DONE,
                        null,
                        new double[] {10, 30},
                        new int[] {1, 3},
                        null);
        assertThat(inPieces.itlNs()).containsExactly(20_000_000, 0, 0);
        assertThat(ServeSummary.of(List.of(inPieces)).itl())
                .isEqualTo(new Spread(0.02 / 3, 0, 0.02, 0.02));
    }

    @Test
    void shouldJoinTheEnginesOwnTimes() {
        ServeSummary summary =
                ServeSummary.of(
                        List.of(
                                Requests.done(0, 0, Requests.lifecycle(5, 40), 50, 60),
                                Requests.done(1, 0, Requests.lifecycle(0, 20), 90, 95)));
        assertThat(summary.counts().withLifecycle()).isEqualTo(2);
        assertThat(summary.requests().queueing())
                .as("first token less prefill: 10 and 70 ms")
                .isEqualTo(new Spread(0.04, 0.01, 0.07, 0.07));
        assertThat(summary.added())
                .as("first token less engine's queue and prefill: 5 and 70 ms")
                .isEqualTo(new Spread(0.0375, 0.005, 0.07, 0.07));
    }

    @Test
    void shouldLeaveTheWarmUpOutOfEveryFigure() {
        RequestRecord warmUp = Requests.warmUp(Requests.done(0, 90, null, 500, 900));
        ServeSummary summary =
                ServeSummary.of(List.of(warmUp, Requests.done(1_000, 2, null, 50, 60)));
        assertThat(summary.requests().requests()).isEqualTo(1);
        assertThat(summary.requests().attainment()).isEqualTo(1);
        assertThat(summary.late().p99()).isEqualTo(0.002);
    }

    @Test
    void shouldGiveThroughputFromTheFirstDueInstantToTheLastToken() {
        ServeSummary.Rates rates =
                ServeSummary.of(
                                List.of(
                                        Requests.done(1_000, 0, null, 50, 55, 60),
                                        Requests.done(2_900, 0, null, 90, 100)))
                        .rates();
        assertThat(rates.seconds()).isEqualTo(2);
        assertThat(rates.requests()).isEqualTo(1);
        assertThat(rates.promptTokens()).isEqualTo(100);
        assertThat(rates.outputTokens()).isEqualTo(2.5);
    }

    @Test
    void shouldHoldAServerThatStopsEarlyToTheTokensThatItGave() {
        RequestRecord record =
                new RequestRecord(
                        Requests.request("r", 0, 100),
                        false,
                        0,
                        Outcome.DONE,
                        null,
                        new double[] {50, 70},
                        new int[] {1, 1},
                        null);
        assertThat(record.result().tpotNs()).as("20 ms over 1 gap").isEqualTo(20_000_000);
        assertThat(ServeSummary.of(List.of(record)).counts().shortened()).isEqualTo(1);
    }
}
