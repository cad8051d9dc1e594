package dev.tropical.simulator;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Many cells side by side: each has its engines, its router and its share of the requests, and
 * knows nothing of the others, so they run on as many threads as there are cores.
 *
 * @param cell the system of one cell
 * @param cells how many
 */
public record ScaleRun(SystemSpec cell, int cells) {
    public ScaleRun {
        if (cells < 1) {
            throw new IllegalArgumentException("cells: " + cells + " (expected: >= 1)");
        }
    }

    /**
     * Deals the requests to the cells by turns, runs all, and adds up.
     *
     * @param seed of the steps' noise
     */
    public Experiment.Point run(List<SimulatedRequest> requests, long seed) {
        List<List<SimulatedRequest>> dealt = new ArrayList<>();
        for (int i = 0; i < cells; i++) {
            dealt.add(new ArrayList<>(requests.size() / cells + 1));
        }
        for (int i = 0; i < requests.size(); i++) {
            dealt.get(i % cells).add(requests.get(i));
        }
        List<Ended> ended =
                IntStream.range(0, cells)
                        .parallel()
                        .mapToObj(i -> runCell(dealt.get(i), seed + i))
                        .toList();
        List<RequestResult> results = new ArrayList<>(requests.size());
        Map<String, Long> decisions = new HashMap<>();
        long checks = 0;
        long violations = 0;
        for (Ended one : ended) {
            results.addAll(one.results);
            one.decisions.forEach((rule, count) -> decisions.merge(rule, count, Long::sum));
            checks += one.stallChecks;
            violations += one.stallViolations;
        }
        return new Experiment.Point(Summary.of(results), Map.copyOf(decisions), checks, violations);
    }

    private record Ended(
            List<RequestResult> results,
            Map<String, Long> decisions,
            long stallChecks,
            long stallViolations) {}

    private Ended runCell(List<SimulatedRequest> requests, long seed) {
        CellSimulation simulation = new CellSimulation(cell, requests, seed);
        List<RequestResult> results = simulation.run();
        return new Ended(
                results,
                simulation.decisions(),
                simulation.stallChecks(),
                simulation.stallViolations());
    }
}
