package dev.tropical.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.protocol.wire.Slo;
import dev.tropical.protocol.wire.StepCost;
import dev.tropical.scheduling.batch.BatchConfig;
import dev.tropical.scheduling.routing.DistServePolicy;
import dev.tropical.scheduling.routing.QueueTimeout;
import dev.tropical.scheduling.routing.RoleSwitching;
import dev.tropical.scheduling.routing.RoutingPolicy;
import dev.tropical.scheduling.routing.TropicalOptions;
import dev.tropical.scheduling.routing.TropicalOptions.Multiplexing;
import dev.tropical.scheduling.routing.TropicalPolicy;
import dev.tropical.scheduling.routing.VllmPolicy;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Passing over steps that repeat each other changes nothing: not a nanosecond of any request. */
class SteppingTest {
    private static final long MS = RandomCells.MS;
    private static final int SEEDS = 100;
    private static final int QUICK_SEEDS = 10;
    private static final Supplier<RoutingPolicy> TROPICAL =
            () -> new TropicalPolicy(TropicalOptions.DEFAULT);
    private static final Supplier<RoutingPolicy> SHORTEST_FIRST =
            () -> new TropicalPolicy(TropicalOptions.DEFAULT.with(new Multiplexing(0.85, 0.87, 0)));
    private static final Supplier<RoutingPolicy> DISTSERVE =
            () -> new DistServePolicy(QueueTimeout.BY_SLO);
    private static final Supplier<RoutingPolicy> VLLM = () -> new VllmPolicy(QueueTimeout.OFF);

    /** All that a simulation shows of itself. */
    private record Outcome(
            List<RequestResult> results,
            Map<String, Long> decisions,
            StallCounts stalls,
            long roleSwitches) {}

    private long eventsOfEach;
    private long eventsOfRuns;

    private void compare(
            String name, SystemSpec system, List<SimulatedRequest> requests, int seed) {
        CellSimulation each = new CellSimulation(system, requests, seed, Stepping.EACH);
        CellSimulation runs = new CellSimulation(system, requests, seed, Stepping.RUNS);
        Outcome expected = outcome(each);
        Outcome actual = outcome(runs);
        for (int i = 0; i < requests.size(); i++) {
            assertThat(actual.results.get(i))
                    .as("%s, seed %d", name, seed)
                    .isEqualTo(expected.results.get(i));
        }
        assertThat(actual).as("%s, seed %d", name, seed).isEqualTo(expected);
        eventsOfEach += each.eventsRun();
        eventsOfRuns += runs.eventsRun();
    }

    private static Outcome outcome(CellSimulation simulation) {
        return new Outcome(
                simulation.run(),
                simulation.decisions(),
                simulation.stalls(),
                simulation.roleSwitches());
    }

    /** Otherwise nothing was passed over, and nothing shown. */
    private void assertFewerEvents(double share) {
        assertThat((double) eventsOfRuns / eventsOfEach).as("events").isLessThan(share);
    }

    /** What the paper calls vLLM: engines that run prompts whole, before any decode. */
    private static SystemSpec colocated(SystemSpec cell) {
        BatchConfig whole = new BatchConfig(1_024, 16, 2_048, false, 16, 0, true);
        return new SystemSpec(
                "vllm",
                VLLM,
                new SystemSpec.Engines(0, whole),
                new SystemSpec.Engines(cell.prefill().count() + cell.decode().count(), whole),
                cell.hardware(),
                cell.timing());
    }

    @Test
    void shouldGiveEqualResultsInRandomCells() {
        RoleSwitching roles = RoleSwitching.OFF.enabled();
        for (int seed = 0; seed < SEEDS; seed++) {
            Random random = new Random(seed);
            SystemSpec exact = RandomCells.cell(random, TROPICAL, true);
            List<SimulatedRequest> requests = RandomCells.requests(random, 30);
            compare("tropical", exact, requests, seed);
            compare("wrong", RandomCells.cell(random, TROPICAL, false), requests, seed);
            compare("sjf", RandomCells.cell(random, SHORTEST_FIRST, true), requests, seed);
            compare("distserve", RandomCells.cell(random, DISTSERVE, false), requests, seed);
            compare("chunked", RandomCells.cell(random, VLLM, true), requests, seed);
            compare("vllm", colocated(exact), requests, seed);
            compare("roles", exact.with(roles), requests, seed);
        }
        assertFewerEvents(0.8);
    }

    @Test
    void shouldGiveEqualResultsForThePublishedSystems() throws IOException {
        comparePublished(QUICK_SEEDS);
    }

    @Test
    @Tag("long")
    void shouldGiveEqualResultsForThePublishedSystemsOverManySeeds() throws IOException {
        comparePublished(SEEDS);
    }

    private void comparePublished(int seeds) throws IOException {
        Workload workload = PaperPreset.mooncake(PaperPreset.COST).workload();
        List<SystemSpec> systems =
                new ArrayList<>(PaperPreset.mooncake(PaperPreset.COST).systems());
        systems.addAll(PaperPreset.variants(PaperPreset.COST).systems());
        for (int seed = 0; seed < seeds; seed++) {
            List<SimulatedRequest> requests = workload.poisson(12, 0.3 + seed % 10 / 4.0, seed);
            for (SystemSpec system : systems) {
                compare(system.name(), system, requests, seed);
            }
        }
        assertFewerEvents(0.3);
    }

    /** Where steps, messages, transfers and arrivals all last 10 ms, everything ties. */
    @Test
    void shouldGiveEqualResultsWhereInstantsTie() {
        StepCost cost = StepCost.newBuilder().setA(0.010).build();
        for (int seed = 0; seed < SEEDS; seed++) {
            Random random = new Random(seed);
            for (Supplier<RoutingPolicy> policy : List.of(TROPICAL, DISTSERVE, VLLM)) {
                SystemSpec cell = RandomCells.cell(random, policy, true);
                boolean isStalling = random.nextBoolean();
                SystemSpec.Timing timing =
                        new SystemSpec.Timing(
                                (1 + random.nextInt(20)) * 10 * MS,
                                new SystemSpec.Transfer(10 * MS, 0, isStalling, true),
                                1,
                                0);
                SystemSpec tied =
                        new SystemSpec(
                                "tied",
                                policy,
                                cell.prefill(),
                                cell.decode(),
                                new SystemSpec.Hardware(cost, cell.hardware().numBlocks(), 16),
                                timing);
                compare("tied", tied, tiedRequests(random), seed);
            }
        }
        assertFewerEvents(0.9);
    }

    private static List<SimulatedRequest> tiedRequests(Random random) {
        List<SimulatedRequest> requests = new ArrayList<>();
        Slo slo = Slo.newBuilder().setTtftNs(500 * MS).setTpotNs(50 * MS).build();
        long arrivedNs = 0;
        for (int i = 0; i < 20; i++) {
            arrivedNs += random.nextInt(40) * 10 * MS;
            requests.add(
                    new SimulatedRequest(
                            "r" + i,
                            arrivedNs,
                            1 + random.nextInt(500),
                            1 + random.nextInt(60),
                            slo));
        }
        return requests;
    }

    @Test
    void shouldStepWhereMessagesTakeNoTime() {
        SystemSpec cell = RandomCells.cell(new Random(1), TROPICAL, true);
        SystemSpec.Timing none = new SystemSpec.Timing(0, cell.timing().transfer(), 1, 0);
        compare("no delay", cell.with(none), RandomCells.requests(new Random(1), 30), 1);
        assertThat(eventsOfRuns).isEqualTo(eventsOfEach);
    }
}
