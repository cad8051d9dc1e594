package dev.tropical.simulator;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

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
     * A system at one rate, over all runs.
     *
     * @param summary over all runs' requests
     * @param decisions of the router by rule, summed
     * @param stalls summed
     */
    public record Point(Summary summary, Map<String, Long> decisions, StallCounts stalls) {
        /** Runs each to its end, on as many threads as the stream has. */
        static Point of(Stream<CellSimulation> simulations) {
            List<Run> runs = simulations.map(Run::of).toList();
            List<RequestResult> results = new ArrayList<>();
            Map<String, Long> decisions = new HashMap<>();
            StallCounts stalls = StallCounts.NONE;
            for (Run run : runs) {
                results.addAll(run.results);
                run.decisions.forEach((rule, count) -> decisions.merge(rule, count, Long::sum));
                stalls = stalls.plus(run.stalls);
            }
            return new Point(Summary.of(results), Map.copyOf(decisions), stalls);
        }
    }

    /** What is left of a simulation, which is large, when it has ended. */
    private record Run(
            List<RequestResult> results, Map<String, Long> decisions, StallCounts stalls) {
        static Run of(CellSimulation simulation) {
            List<RequestResult> results = simulation.run();
            return new Run(results, simulation.decisions(), simulation.stalls());
        }
    }

    /** A system at one rate. */
    public Point at(SystemSpec system, double rate) {
        return Point.of(IntStream.range(0, seeds).mapToObj(seed -> simulation(system, rate, seed)));
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
