package dev.tropical.simulator;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What a comparison came to.
 *
 * @param comparison that was run
 * @param systems in its order
 */
public record ComparisonResult(Comparison comparison, List<SystemResult> systems) {
    private static final double LOWEST_SHARE = 0.25;
    private static final double HIGHEST_SHARE = 2.5;

    /**
     * One system's.
     *
     * @param system which
     * @param points one a rate
     * @param goodput null when it was not looked for
     */
    public record SystemResult(
            SystemSpec system, List<Experiment.Point> points, @Nullable Goodput goodput) {}

    public ComparisonResult {
        systems = List.copyOf(systems);
    }

    /**
     * Runs all systems at all rates, on as many threads as there are cores.
     *
     * @param requests of one run
     * @param seeds runs a point
     * @param hasGoodput whether each system's goodput is bisected, between a quarter of the lowest
     *     and 2.5 times the highest rate
     */
    public static ComparisonResult run(
            Comparison comparison, int requests, int seeds, boolean hasGoodput) {
        Experiment experiment = new Experiment(comparison.workload(), requests, seeds);
        List<Double> rates = comparison.rates();
        double lowest = LOWEST_SHARE * rates.get(0);
        double highest = HIGHEST_SHARE * rates.get(rates.size() - 1);
        List<SystemResult> results = new ArrayList<>();
        for (SystemSpec system : comparison.systems()) {
            List<Experiment.Point> points =
                    IntStream.range(0, rates.size())
                            .parallel()
                            .mapToObj(i -> experiment.at(system, rates.get(i)))
                            .toList();
            Goodput goodput = hasGoodput ? experiment.goodput(system, lowest, highest) : null;
            results.add(new SystemResult(system, points, goodput));
        }
        return new ComparisonResult(comparison, results);
    }
}
