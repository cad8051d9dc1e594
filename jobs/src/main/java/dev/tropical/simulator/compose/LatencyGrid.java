package dev.tropical.simulator.compose;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/**
 * Latencies at points of a grid of one or more axes, each above 0; between them interpolated along
 * one axis after the other, logarithms of both against each other, beyond them extrapolated so. The
 * grid may have holes.
 */
final class LatencyGrid {
    private final TreeMap<Double, LatencyGrid> along = new TreeMap<>();
    private double logarithm = Double.NaN;

    /** The latency at a point; of several the last. */
    void put(double latency, double... point) {
        if (point.length == 0) {
            logarithm = Math.log(latency);
        } else {
            along.computeIfAbsent(point[0], key -> new LatencyGrid()).put(latency, rest(point));
        }
    }

    boolean isEmpty() {
        return along.isEmpty();
    }

    /** The largest value of the first axis. */
    double last() {
        return along.lastKey();
    }

    /** The latency at any point. */
    double at(double... point) {
        return Math.exp(logarithmAt(point));
    }

    private double logarithmAt(double[] point) {
        if (point.length == 0) {
            return logarithm;
        }
        double value = point[0];
        double[] rest = rest(point);
        Map.Entry<Double, LatencyGrid> low = along.floorEntry(value);
        Map.Entry<Double, LatencyGrid> high = along.ceilingEntry(value);
        if (low == null) {
            low = along.firstEntry();
            high = along.higherEntry(low.getKey());
        } else if (high == null) {
            high = along.lastEntry();
            low = along.lowerEntry(high.getKey());
        }
        if (low == null || high == null || low.getKey().equals(high.getKey())) {
            return (low == null ? high : low).getValue().logarithmAt(rest);
        }
        double share = Math.log(value / low.getKey()) / Math.log(high.getKey() / low.getKey());
        double lowLogarithm = low.getValue().logarithmAt(rest);
        return lowLogarithm + share * (high.getValue().logarithmAt(rest) - lowLogarithm);
    }

    private static double[] rest(double[] point) {
        return Arrays.copyOfRange(point, 1, point.length);
    }
}
