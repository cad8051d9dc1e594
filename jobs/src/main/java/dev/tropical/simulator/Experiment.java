package dev.tropical.simulator;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Runs systems over the same requests: seed s gives every system the same lengths, and the same
 * arrivals but for the rate.
 *
 * @param workload where requests come from
 * @param requests of one run
 * @param seeds runs a point; seeds 0, 1, ...
 */
public record Experiment(Workload workload, int requests, int seeds) {
    public Experiment {
        if (requests < 1 || seeds < 1) {
            throw new IllegalArgumentException(
                    "requests " + requests + ", seeds " + seeds + " (expected: >= 1 each)");
        }
    }

    /**
     * A system at one rate, over all seeds.
     *
     * @param summary over all runs' requests
     * @param decisions of the router by rule, summed
     * @param stallChecks residents looked at while a multiplexed prefill ran
     * @param stallViolations those that were late
     */
    public record Point(
            Summary summary, Map<String, Long> decisions, long stallChecks, long stallViolations) {}

    /** A system at one rate. */
    public Point at(SystemSpec system, double rate) {
        List<RequestResult> results = new ArrayList<>();
        Map<String, Long> decisions = new HashMap<>();
        long checks = 0;
        long violations = 0;
        for (int seed = 0; seed < seeds; seed++) {
            CellSimulation simulation = simulation(system, rate, seed);
            results.addAll(simulation.run());
            simulation
                    .decisions()
                    .forEach((rule, count) -> decisions.merge(rule, count, Long::sum));
            checks += simulation.stallChecks();
            violations += simulation.stallViolations();
        }
        return new Point(Summary.of(results), Map.copyOf(decisions), checks, violations);
    }

    private CellSimulation simulation(SystemSpec system, double rate, int seed) {
        return new CellSimulation(system, workload.poisson(requests, rate, seed), seed);
    }

    /** A system's goodput between two rates. */
    public Goodput goodput(SystemSpec system, double low, double high) {
        double[] rates = new double[seeds];
        for (int seed = 0; seed < seeds; seed++) {
            int fixed = seed;
            rates[seed] =
                    Goodput.bisect(
                            low,
                            high,
                            rate -> Summary.of(simulation(system, rate, fixed).run()).attainment());
        }
        return Goodput.of(rates);
    }
}
