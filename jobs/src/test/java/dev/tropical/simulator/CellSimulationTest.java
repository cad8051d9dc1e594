package dev.tropical.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.protocol.wire.Role;
import dev.tropical.protocol.wire.Slo;
import dev.tropical.scheduling.batch.BatchConfig;
import dev.tropical.scheduling.routing.DistServePolicy;
import dev.tropical.scheduling.routing.QueueTimeout;
import dev.tropical.scheduling.routing.RoutingPolicy;
import dev.tropical.scheduling.routing.TropicalOptions;
import dev.tropical.scheduling.routing.TropicalPolicy;
import dev.tropical.scheduling.routing.VllmPolicy;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Seeded cells with what must hold checked after every event. */
class CellSimulationTest {
    private static final long MS = 1_000_000;
    private static final long TEN_SECONDS = 10_000 * MS;
    private static final int QUICK_SEEDS = 40;
    private static final int LONG_SEEDS = 1_000;
    private static final Supplier<RoutingPolicy> TROPICAL =
            () -> new TropicalPolicy(TropicalOptions.DEFAULT);

    private static CellSimulation run(long seed, Supplier<RoutingPolicy> policy, boolean isExact) {
        Random random = new Random(seed);
        SystemSpec system = RandomCells.cell(random, policy, isExact);
        boolean isTropical = policy.get() instanceof TropicalPolicy;
        CellSimulation simulation =
                new CellSimulation(
                        system,
                        RandomCells.requests(random, 30 + random.nextInt(40)),
                        seed,
                        Stepping.EACH);
        List<RequestResult> results = simulation.run(() -> check(simulation, isTropical));
        for (RequestResult result : results) {
            if (result.isRejected()) {
                long patienceNs = Math.max(TEN_SECONDS, 2 * result.request().slo().getTtftNs());
                assertThat(result.jctNs()).isGreaterThanOrEqualTo(patienceNs);
            }
        }
        for (SimulatedEngine engine : simulation.engines()) {
            assertThat(engine.residents()).as("left behind").isEmpty();
            assertThat(engine.scheduler().isIdle()).isTrue();
        }
        return simulation;
    }

    private static void check(CellSimulation simulation, boolean isTropical) {
        for (SimulatedEngine engine : simulation.engines()) {
            engine.checkIntegrity();
            if (isTropical && engine.role() == Role.DECODE) {
                assertThat(engine.unfinishedPrefills())
                        .as("unfinished prefills on " + engine.info().getEngineId())
                        .isLessThanOrEqualTo(1);
            }
        }
    }

    private static void runAll(int seeds) {
        StallCounts stalls = StallCounts.NONE;
        for (int seed = 0; seed < seeds; seed++) {
            try {
                stalls = stalls.plus(run(seed, TROPICAL, true).stalls());
                run(seed, TROPICAL, false);
                run(seed, () -> new DistServePolicy(QueueTimeout.BY_SLO), false);
                run(seed, () -> new VllmPolicy(QueueTimeout.OFF), false);
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
        assertThat(stalls.checks())
                .as("residents beside a multiplexed prefill")
                .isGreaterThan(10L * seeds);
        assertThat(stalls.late()).as("late under exact prediction").isZero();
    }

    @Test
    void shouldEndEachRequestOnceAndStallNobodyUnderExactPrediction() {
        runAll(QUICK_SEEDS);
    }

    @Test
    @Tag("long")
    void shouldEndEachRequestOnceOverManySeeds() {
        runAll(LONG_SEEDS);
    }

    @Test
    void shouldFindResidentsLateWhenEnginesPredictATwentiethOfWhatStepsTake() {
        SystemSpec.Transfer transfer = new SystemSpec.Transfer(MS, 10_000, false, false);
        SystemSpec.Timing wrong = new SystemSpec.Timing(MS / 10, transfer, 0.05, 0);
        long violations = 0;
        for (int seed = 0; seed < QUICK_SEEDS; seed++) {
            Random random = new Random(seed);
            SystemSpec system = RandomCells.cell(random, TROPICAL, true).with(wrong);
            CellSimulation simulation =
                    new CellSimulation(system, RandomCells.requests(random, 50), seed);
            simulation.run();
            violations += simulation.stalls().late();
        }
        assertThat(violations).isPositive();
    }

    @Test
    void shouldGiveEqualResultsForEqualSeeds() {
        Random first = new Random(5);
        Random second = new Random(5);
        List<RequestResult> results =
                new CellSimulation(
                                RandomCells.cell(first, TROPICAL, false),
                                RandomCells.requests(first, 40),
                                5)
                        .run();
        assertThat(
                        new CellSimulation(
                                        RandomCells.cell(second, TROPICAL, false),
                                        RandomCells.requests(second, 40),
                                        5)
                                .run())
                .isEqualTo(results);
    }

    @Test
    void shouldTimeARequestByTheCostModelAlone() {
        SystemSpec system =
                new SystemSpec(
                        "one of each",
                        TROPICAL,
                        new SystemSpec.Engines(1, new BatchConfig(1_024, 4, 2_048, true, 1, 0)),
                        new SystemSpec.Engines(1, new BatchConfig(64, 4, 2_048, true, 4, 0)),
                        new SystemSpec.Hardware(
                                RandomCells.COST.toBuilder().setC1(0).build(), 100, 16),
                        new SystemSpec.Timing(
                                MS, new SystemSpec.Transfer(3 * MS, 10_000, false, true), 1, 0));
        SimulatedRequest request =
                new SimulatedRequest(
                        "r",
                        5 * MS,
                        85,
                        4,
                        Slo.newBuilder().setTtftNs(500 * MS).setTpotNs(50 * MS).build());
        CellSimulation simulation = new CellSimulation(system, List.of(request), 0);
        RequestResult result = simulation.run().get(0);
        // Sent at 5 ms, there at 6; 10 + 5 + 85 x 1 ms of prefill; the first token at 106 ms.
        assertThat(result.startedNs()).isEqualTo(6 * MS);
        assertThat(result.firstTokenNs()).isEqualTo(106 * MS);
        // 3 ms and 85 x 0.01 ms of transfer, then three steps of 10.5 ms.
        assertThat(result.endedNs()).isEqualTo(106 * MS + 3_850_000 + 3 * 10_500_000);
        assertThat(simulation.decisions()).containsOnlyKeys("idle");
    }
}
