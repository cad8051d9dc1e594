package dev.tropical.bench.compare;

import java.util.ArrayList;
import java.util.List;

/**
 * A run of a comparison.
 *
 * @param system its name
 * @param rate requests/s
 * @param seed of lengths and arrivals: the same for all systems
 */
public record Point(String system, double rate, long seed) {
    /**
     * The order of runs: rate by rate and seed by seed, each system once in between, so that
     * whatever the machine does meets all; who begins rotates.
     */
    static List<Point> interleaved(List<String> systems, List<Double> rates, int seeds) {
        List<Point> points = new ArrayList<>();
        for (double rate : rates) {
            for (int seed = 0; seed < seeds; seed++) {
                for (int i = 0; i < systems.size(); i++) {
                    String system = systems.get((seed + i) % systems.size());
                    points.add(new Point(system, rate, seed));
                }
            }
        }
        return points;
    }
}
