package dev.tropical.openai.monitor;

import dev.tropical.openai.monitor.Capacity.Kind;
import dev.tropical.protocol.CellReport;
import dev.tropical.protocol.EngineLoad;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What follows from the cells' reports. The clock is passed in; not thread-safe. */
final class JobState {
    /** Six reports. */
    static final long SILENCE_NS = Duration.ofSeconds(3).toNanos();

    /** A pause of the job or its host is no reason to turn calls away: the topic keeps them. */
    static final long PATIENCE_NS = Duration.ofSeconds(10).toNanos();

    private static final int RETRY_DOWN_SECONDS = 2; // about what a restart of an engine takes

    private record Heard(CellReport report, long atNs) {}

    private final Map<Integer, Heard> cells = new TreeMap<>();
    private final DrainRate drainRate = new DrainRate();
    private boolean isCaughtUp;
    private boolean hasHadEngine;
    private long engineUpAtNs;

    /** What comes from now on is said now. */
    void caughtUp() {
        isCaughtUp = true;
        cells.clear(); // the job that said it may be long gone
    }

    void accept(CellReport report, long nowNs) {
        if (!isCaughtUp) {
            return;
        }
        cells.put(report.depth().cell(), new Heard(report, nowNs));
        drainRate.add(finished(), nowNs);
        if (report.engines().stream().anyMatch(EngineLoad::isUp)) {
            hasHadEngine = true;
            engineUpAtNs = nowNs;
        }
    }

    boolean isReady(long nowNs) {
        return reports(nowNs).stream()
                .flatMap(report -> report.engines().stream())
                .anyMatch(EngineLoad::isUp);
    }

    List<CellReport> reports(long nowNs) {
        return cells.values().stream()
                .filter(heard -> nowNs - heard.atNs() <= SILENCE_NS)
                .map(Heard::report)
                .toList();
    }

    Capacity capacity(long nowNs) {
        if (!hasHadEngine || nowNs - engineUpAtNs > PATIENCE_NS) {
            String reason =
                    cells.isEmpty()
                            ? "the inference job does not run"
                            : "no engine is up (expected: at least one)";
            return new Capacity(Kind.DOWN, reason, RETRY_DOWN_SECONDS);
        }
        for (CellReport report : reports(nowNs)) {
            if (!report.depth().isOpen()) {
                int queued = report.depth().queuedRequests();
                return new Capacity(
                        Kind.FULL,
                        "cell %d has %d requests queued (expected: fewer)"
                                .formatted(report.depth().cell(), queued),
                        drainRate.secondsFor(queued / 2, nowNs)); // it opens at half
            }
        }
        return Capacity.OPEN;
    }

    private long finished() {
        return cells.values().stream()
                .flatMap(heard -> heard.report().engines().stream())
                .mapToLong(EngineLoad::finished)
                .sum();
    }
}
