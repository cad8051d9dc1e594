package dev.tropical.flink.route;

import dev.tropical.protocol.wire.EngineStatus;
import dev.tropical.scheduling.routing.CellRouter;
import dev.tropical.scheduling.routing.EngineView;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.metrics.DescriptiveStatisticsHistogram;

/**
 * A cell's metrics: its queue and decisions in the group {@code cell=<n>}, its engines' newest
 * statuses in {@code cell=<n>, engine=<id>}. The task thread takes a picture of the cell twice a
 * second; reporters read that picture, never the cell.
 */
final class CellMetrics {
    /** Newest values that a histogram's quantiles are of. */
    private static final int WINDOW = 1_000;

    private static final double NS_PER_MS = 1e6;

    private record Picture(
            int queuedRequests,
            long queuedBytes,
            double oldestAgeMs,
            long lapsedCredits,
            long roleSwitches,
            Map<String, Long> decisions,
            Map<String, EngineStatus> engines) {
        private static final Picture EMPTY = new Picture(0, 0, 0, 0, 0, Map.of(), Map.of());
    }

    private final MetricGroup group;
    private final Histogram spareSlackMs;
    private final Set<String> engines = new HashSet<>();
    private volatile Picture picture = Picture.EMPTY;

    /**
     * @param operator the route operator's group
     * @param rules what the cell's policy counts decisions under
     */
    CellMetrics(MetricGroup operator, int cell, List<String> rules) {
        group = operator.addGroup("cell", Integer.toString(cell));
        gauge("queuedRequests", Picture::queuedRequests);
        gauge("queuedBytes", Picture::queuedBytes);
        gauge("lapsedCredits", Picture::lapsedCredits);
        gauge("roleSwitches", Picture::roleSwitches);
        group.gauge("oldestRequestAgeMs", (Gauge<Double>) () -> picture.oldestAgeMs());
        for (String rule : rules) {
            group.addGroup("rule", rule)
                    .gauge(
                            "decisions",
                            (Gauge<Long>) () -> picture.decisions().getOrDefault(rule, 0L));
        }
        spareSlackMs = group.histogram("spareSlackMs", new DescriptiveStatisticsHistogram(WINDOW));
    }

    private void gauge(String name, ToLongFunction<Picture> value) {
        group.gauge(name, (Gauge<Long>) () -> value.applyAsLong(picture));
    }

    /** A decode engine's least slack beyond one token's time, at each of its statuses. */
    void status(EngineStatus status) {
        if (status.getMinSpareSlackNs() != Long.MAX_VALUE) {
            spareSlackMs.update(Math.round(status.getMinSpareSlackNs() / NS_PER_MS));
        }
    }

    /**
     * Takes a new picture.
     *
     * @param roleSwitches by load, since the start
     */
    void update(CellRouter router, long roleSwitches, long nowNs) {
        Map<String, EngineStatus> statuses = new HashMap<>();
        for (EngineView engine : router.view().engines()) {
            statuses.put(engine.engineId(), engine.status());
            if (engines.add(engine.engineId())) {
                register(engine.engineId());
            }
        }
        double oldestAgeNs = nowNs - (double) router.queue().oldestArrivalNs();
        picture =
                new Picture(
                        router.queue().size(),
                        router.queue().bytes(),
                        router.queue().size() == 0 ? 0 : oldestAgeNs / NS_PER_MS,
                        router.view().lapsedCredits(),
                        roleSwitches,
                        Map.copyOf(router.counts().all()),
                        statuses);
    }

    /** An engine's gauges stay when it leaves, and say NaN: Flink takes no single metric back. */
    private void register(String engineId) {
        MetricGroup engine = group.addGroup("engine", engineId);
        of(engine, engineId, "waiting", EngineStatus::getWaiting);
        of(engine, engineId, "runningPrefills", EngineStatus::getRunningPrefills);
        of(engine, engineId, "runningDecodes", EngineStatus::getRunningDecodes);
        of(engine, engineId, "residentPromptTokens", EngineStatus::getResidentPromptTokens);
        of(engine, engineId, "decodeCorrection", EngineStatus::getDecodeCorrection);
        of(engine, engineId, "promptCorrection", EngineStatus::getPromptCorrection);
        of(engine, engineId, "kvUse", CellMetrics::kvUse);
    }

    private void of(
            MetricGroup engine, String id, String name, ToDoubleFunction<EngineStatus> value) {
        engine.gauge(
                name,
                (Gauge<Double>)
                        () -> {
                            EngineStatus status = picture.engines().get(id);
                            return status == null ? Double.NaN : value.applyAsDouble(status);
                        });
    }

    private static double kvUse(EngineStatus status) {
        int total = status.getBlocksTotal();
        return total == 0 ? 0 : (total - status.getBlocksFree()) / (double) total;
    }
}
