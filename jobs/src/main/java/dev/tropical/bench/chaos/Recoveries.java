package dev.tropical.bench.chaos;

import dev.tropical.bench.Latencies;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;

/** How long each kind of fault was felt. */
public final class Recoveries {
    /** A fault of the cluster is looked for this long: the next comes later. */
    private static final long WINDOW_NS = 19_000_000_000L;

    private final Map<FaultKind, Latencies> byKind = new EnumMap<>(FaultKind.class);

    /**
     * Of an engine: for each of its requests, to the next token. Of the cluster: to the end of the
     * longest silence of all requests together.
     */
    static Recoveries of(List<Fault> faults, Collection<RequestTrace> traces) {
        Recoveries recoveries = new Recoveries();
        NavigableSet<Long> tokens = new TreeSet<>();
        traces.forEach(trace -> tokens.addAll(trace.tokenTimes()));
        for (Fault fault : faults) {
            Latencies latencies =
                    recoveries.byKind.computeIfAbsent(fault.kind(), kind -> new Latencies());
            if (fault.kind().isOfEngine()) {
                traces.stream()
                        .mapToDouble(trace -> trace.recoveryMs(fault))
                        .filter(ms -> ms >= 0)
                        .forEach(latencies::add);
            } else {
                latencies.add(endOfLongestSilenceMs(fault.atNs(), tokens));
            }
        }
        return recoveries;
    }

    static double endOfLongestSilenceMs(long atNs, NavigableSet<Long> tokens) {
        long previous = atNs;
        long longest = 0;
        long end = atNs;
        for (long token : tokens.subSet(atNs, atNs + WINDOW_NS)) {
            if (token - previous > longest) {
                longest = token - previous;
                end = token;
            }
            previous = token;
        }
        return (end - atNs) / 1e6;
    }

    public Map<FaultKind, Latencies> byKind() {
        return byKind;
    }

    /** Those of all faults of engines. */
    public Latencies ofEngines() {
        Latencies all = new Latencies();
        byKind.forEach(
                (kind, latencies) -> {
                    if (kind.isOfEngine()) {
                        latencies.values().forEach(all::add);
                    }
                });
        return all;
    }
}
