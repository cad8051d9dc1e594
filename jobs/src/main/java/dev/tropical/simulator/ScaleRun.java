package dev.tropical.simulator;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Many cells side by side: each has its engines, its router and its share of the requests, and
 * knows nothing of the others, so they run on as many threads as there are cores.
 *
 * @param cell the system of one cell
 * @param cells how many
 * @param stepping how decodes pass time
 */
public record ScaleRun(SystemSpec cell, int cells, Stepping stepping) {
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
        return Experiment.Point.of(
                IntStream.range(0, cells)
                        .parallel()
                        .mapToObj(i -> new CellSimulation(cell, dealt.get(i), seed + i, stepping)));
    }
}
