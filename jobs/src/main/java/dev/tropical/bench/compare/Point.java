package dev.tropical.bench.compare;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A run of a comparison.
 *
 * @param system its name
 * @param rate requests/s
 * @param seed of lengths and arrivals: the same for all systems
 */
public record Point(String system, double rate, long seed) {
    private static final Pattern FORM =
            Pattern.compile("([a-z0-9-]+)@(\\d+(?:\\.\\d+)?)(?:#(\\d{1,9}))?");

    /**
     * A point as people write it, {@code tropical@1.5} with seed 0, or {@code tropical@1.5#2}.
     *
     * @throws IllegalArgumentException when it is none, or its rate is 0
     */
    public static Point parse(String text) {
        Matcher matcher = FORM.matcher(text);
        double rate = matcher.matches() ? Double.parseDouble(matcher.group(2)) : 0;
        if (rate <= 0) {
            throw new IllegalArgumentException(
                    "points: '" + text + "' (expected: SYSTEM@RATE such as tropical@1.5)");
        }
        String seed = matcher.group(3);
        return new Point(matcher.group(1), rate, seed == null ? 0 : Long.parseLong(seed));
    }

    /** These in their order, each with so many seeds from its own on. */
    public static List<Point> each(List<Point> points, int seeds) {
        List<Point> all = new ArrayList<>();
        for (int seed = 0; seed < seeds; seed++) {
            for (Point point : points) {
                all.add(new Point(point.system, point.rate, point.seed + seed));
            }
        }
        return all;
    }

    /**
     * The order of runs: rate by rate and seed by seed, each system once in between, so that
     * whatever the machine does meets all; who begins rotates.
     */
    public static List<Point> interleaved(List<String> systems, List<Double> rates, int seeds) {
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
