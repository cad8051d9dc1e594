package dev.tropical.scheduling.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.protocol.wire.DecodePlacement;
import dev.tropical.protocol.wire.EngineStatus;
import dev.tropical.protocol.wire.Slo;
import dev.tropical.protocol.wire.StepCost;
import dev.tropical.scheduling.cost.StepCostModel;
import java.util.List;
import org.junit.jupiter.api.Test;

class LoadReportTest {
    private static final StepCostModel COST =
            new StepCostModel(StepCost.newBuilder().setA(1).setCPf(1).build());

    private final TestLoop loop = TestLoop.of(TestLoop.config(10, 4, true));

    private EngineStatus report() {
        EngineStatus.Builder status = EngineStatus.newBuilder();
        loop.scheduler.report(status, COST, 0, loop.nowNs);
        return status.build();
    }

    @Test
    void shouldBeEmptyWhenIdle() {
        EngineStatus status = report();
        assertThat(status.getExecutingTokens()).isZero();
        assertThat(status.getMinSpareSlackNs()).isEqualTo(Long.MAX_VALUE);
        assertThat(status.getMinTpotSloNs()).isZero();
        assertThat(status.getPredictedPrefillEndNs()).isZero();
        assertThat(status.getBlocksFree()).isEqualTo(64);
        assertThat(status.getBlocksTotal()).isEqualTo(64);
    }

    @Test
    void shouldCountEverySequenceInItsPlace() {
        loop.add("decoding", 4, 9);
        loop.step();
        loop.add("prefilling", 20, 9);
        loop.step();
        loop.add("waiting", 30, 9);
        EngineStatus status = report();
        assertThat(status.getRunningDecodes()).isEqualTo(1);
        assertThat(status.getDecodeContextTokens()).isEqualTo(6);
        assertThat(status.getRunningPrefills()).isEqualTo(1);
        assertThat(status.getRunningPrefillTokens()).isEqualTo(20 - 9);
        assertThat(status.getWaiting()).isEqualTo(1);
        assertThat(status.getWaitingPrefillTokens()).isEqualTo(30);
        assertThat(status.getResidentPromptTokens()).isEqualTo(4 + 20);
        assertThat(status.getExecutingTokens()).isEqualTo(6 + 20 + 30);
        assertThat(status.getBlocksFree()).isEqualTo(64 - 2 - 6);
        assertThat(status.getGeneratedTokensTotal()).isEqualTo(2);
        assertThat(status.getPromptTokensTotal()).isEqualTo(4 + 9);
        // 11 tokens in 2 steps, 30 in 3: a second a step and one a token.
        assertThat(status.getPredictedPrefillEndNs()).isEqualTo(46_000_000_000L);
    }

    @Test
    void shouldReportTheLeastSpareSlackOfTheDecodes() {
        loop.nowNs = 10_000;
        loop.add("a", 4, 9);
        loop.step();
        loop.nowNs = 10_300;
        EngineStatus status = report();
        // TPOT 1000: one token saved 1000, 300 are gone; beyond one TPOT nothing is spare.
        assertThat(status.getMinSpareSlackNs()).isEqualTo(-300);
        assertThat(status.getMinTpotSloNs()).isEqualTo(1_000);
    }

    @Test
    void shouldCountReservationsAsResidents() {
        Slo slo = Slo.newBuilder().setTpotNs(500).build();
        loop.nowNs = 10_000;
        assertThat(loop.scheduler.reserve(Requests.key("a"), 6, 2, List.of(), slo, 13_000))
                .isPresent();
        EngineStatus status = report();
        assertThat(status.getBlocksReserved()).isEqualTo(2);
        assertThat(status.getBlocksFree()).isEqualTo(62);
        assertThat(status.getResidentPromptTokens()).isEqualTo(6);
        assertThat(status.getMinTpotSloNs()).isEqualTo(500);
    }

    @Test
    void shouldCountAReservationsSlackFromItsPredictedFirstToken() {
        Slo slo = Slo.newBuilder().setTpotNs(500).build();
        loop.nowNs = 10_000;
        Reservation reservation =
                loop.scheduler
                        .reserve(Requests.key("a"), 6, 2, List.of(), slo, 13_000)
                        .orElseThrow();
        // One TPOT from 13000 on is its slack, one TPOT is kept: what comes before is spare.
        assertThat(report().getMinSpareSlackNs()).isEqualTo(3_000);
        loop.nowNs = 12_000;
        assertThat(report().getMinSpareSlackNs()).isEqualTo(1_000);
        reservation.firstTokenAt(20_000);
        assertThat(report().getMinSpareSlackNs()).as("renewed").isEqualTo(8_000);
        reservation.firstTokenAt(11_500);
        assertThat(report().getMinSpareSlackNs()).as("it came 500 ago").isEqualTo(-500);
    }

    @Test
    void shouldPredictTheRestOfAPrefillFromTheRunningStepsEnd() {
        loop.add("a", 14, 9);
        assertThat(loop.scheduler.schedule(0)).isPresent();
        EngineStatus.Builder status = EngineStatus.newBuilder();
        loop.scheduler.report(status, COST, 2_000_000_000L, loop.nowNs);
        // 10 tokens are in the step that ends in 2 s; 4 are left for one of 1 + 4 s.
        assertThat(status.getPredictedPrefillEndNs()).isEqualTo(7_000_000_000L);
        Sequence sequence = loop.scheduler.find(Requests.key("a")).orElseThrow();
        assertThat(loop.scheduler.predictFirstTokenNs(sequence, COST, 2_000_000_000L, 0))
                .isEqualTo(7_000_000_000L);
    }

    @Test
    void shouldCountParkedSequencesWithoutTheirSlack() {
        loop.scheduler.add(
                new Sequence(
                        Requests.builder("a", 4, 9)
                                .setPlacement(DecodePlacement.DECODE_PEER)
                                .build(),
                        0));
        loop.step();
        EngineStatus status = report();
        assertThat(status.getParked()).isEqualTo(1);
        assertThat(status.getResidentPromptTokens()).isEqualTo(4);
        assertThat(status.getMinSpareSlackNs()).isEqualTo(Long.MAX_VALUE);
    }
}
