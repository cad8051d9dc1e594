package dev.tropical.simulator;

import dev.tropical.protocol.wire.Slo;
import dev.tropical.protocol.wire.StepCost;
import dev.tropical.scheduling.batch.BatchConfig;
import dev.tropical.scheduling.routing.RoutingPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;

/** Cells and requests drawn at random, for tests of what must hold in all. */
final class RandomCells {
    static final long MS = 1_000_000;
    static final StepCost COST =
            StepCost.newBuilder()
                    .setA(0.010)
                    .setAPf(0.005)
                    .setCPf(0.001)
                    .setC0(0.0005)
                    .setC1(1e-6)
                    .build();

    private RandomCells() {}

    /** A cell of random size; small pools park, refuse and preempt. */
    static SystemSpec cell(Random random, Supplier<RoutingPolicy> policy, boolean isExact) {
        int budget = 32 + random.nextInt(200);
        SystemSpec.Timing timing =
                new SystemSpec.Timing(
                        MS / 10,
                        new SystemSpec.Transfer(
                                MS, random.nextInt(20_000), !isExact, random.nextBoolean()),
                        isExact ? 1 : 0.7 + 0.6 * random.nextDouble(),
                        isExact ? 0 : 0.1);
        return new SystemSpec(
                "cell",
                policy,
                new SystemSpec.Engines(
                        1 + random.nextInt(2), new BatchConfig(1_024, 16, 2_048, true, 1, 0)),
                new SystemSpec.Engines(
                        1 + random.nextInt(2), new BatchConfig(budget, 16, 2_048, true, 16, 1)),
                new SystemSpec.Hardware(COST, 60 + random.nextInt(200), 16),
                timing);
    }

    static List<SimulatedRequest> requests(Random random, int count) {
        List<SimulatedRequest> requests = new ArrayList<>();
        long arrivedNs = 0;
        double meanGapMs = 20 + random.nextInt(300);
        for (int i = 0; i < count; i++) {
            arrivedNs -= Math.round(MS * meanGapMs * Math.log(1 - random.nextDouble()));
            int prompt = 1 + random.nextInt(random.nextInt(3) == 0 ? 800 : 100);
            Slo slo =
                    Slo.newBuilder()
                            .setTtftNs((100 + 5L * prompt) * MS)
                            .setTpotNs((50 + random.nextInt(100)) * MS)
                            .build();
            requests.add(
                    new SimulatedRequest("r" + i, arrivedNs, prompt, 1 + random.nextInt(60), slo));
        }
        return requests;
    }
}
