package dev.tropical.flink.dispatch;

import java.util.HashMap;
import java.util.Map;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.metrics.DescriptiveStatisticsHistogram;

/**
 * What became of the requests, in the group {@code cell=<n>}: latencies of the newest thousand, and
 * how many ended in time, late, or with an error. Rejections of the router are counted there. Task
 * thread.
 */
final class RequestMetrics {
    private static final int WINDOW = 1_000;

    private static final class Cell {
        private final Histogram ttftMs;
        private final Histogram tpotMs;
        private final Histogram jctMs;
        private final Histogram prefillMs;
        private final Counter attained;
        private final Counter missed;
        private final Counter failed;

        Cell(MetricGroup group) {
            ttftMs = histogram(group, "ttftMs");
            tpotMs = histogram(group, "tpotMs");
            jctMs = histogram(group, "jctMs");
            prefillMs = histogram(group, "prefillMs");
            attained = group.counter("sloAttained");
            missed = group.counter("sloMissed");
            failed = group.counter("failed");
        }

        private static Histogram histogram(MetricGroup group, String name) {
            return group.histogram(name, new DescriptiveStatisticsHistogram(WINDOW));
        }
    }

    private static final long NS_PER_MS = 1_000_000;

    private final MetricGroup operator;
    private final Map<Integer, Cell> cells = new HashMap<>();

    RequestMetrics(MetricGroup operator) {
        this.operator = operator;
    }

    void ended(InFlightRequest request, boolean isGood, long nowMs) {
        Cell cell = cells.computeIfAbsent(request.request().getCell(), this::open);
        if (!isGood) {
            cell.failed.inc();
            return;
        }
        RequestTimes times = RequestTimes.of(request, nowMs);
        cell.ttftMs.update(times.ttftMs());
        cell.tpotMs.update(Math.round(times.tpotMs()));
        cell.jctMs.update(times.jctMs());
        cell.prefillMs.update(request.choices().get(0).timings().getPrefillNs() / NS_PER_MS);
        boolean isAttained = times.attains(request.request().getSlo());
        (isAttained ? cell.attained : cell.missed).inc();
    }

    private Cell open(int cell) {
        return new Cell(operator.addGroup("cell", Integer.toString(cell)));
    }
}
