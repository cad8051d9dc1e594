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
    private final Map<FaultKind, Latencies> byKind = new EnumMap<>(FaultKind.class);

    /**
     * Of an engine: for each of its requests, to the end of the longest silence of that. Of the
     * cluster: to the end of the longest silence of all requests together. A silence is the fault's
     * if it begins before the next one of its sort.
     */
    static Recoveries of(List<Fault> faults, Collection<RequestTrace> traces) {
        Recoveries recoveries = new Recoveries();
        NavigableSet<Long> tokens = new TreeSet<>();
        traces.forEach(trace -> tokens.addAll(trace.tokenTimes()));
        for (Fault fault : faults) {
            Latencies latencies =
                    recoveries.byKind.computeIfAbsent(fault.kind(), kind -> new Latencies());
            long nextNs = nextNs(fault, faults);
            if (fault.kind().isOfEngine()) {
                traces.stream()
                        .mapToDouble(trace -> trace.recoveryMs(fault, nextNs))
                        .filter(ms -> ms >= 0)
                        .forEach(latencies::add);
            } else {
                latencies.add(endOfLongestSilenceMs(fault.atNs(), nextNs, tokens));
            }
        }
        return recoveries;
    }

    private static long nextNs(Fault fault, List<Fault> faults) {
        return faults.stream()
                .filter(other -> other.kind().isOfEngine() == fault.kind().isOfEngine())
                .mapToLong(Fault::atNs)
                .filter(atNs -> atNs > fault.atNs())
                .min()
                .orElse(Long.MAX_VALUE);
    }

    /** Of the silences that begin from {@code atNs} on and before {@code untilNs}. */
    static double endOfLongestSilenceMs(long atNs, long untilNs, NavigableSet<Long> tokens) {
        long previous = atNs;
        long longest = 0;
        long end = atNs;
        for (long token : tokens.tailSet(atNs)) {
            if (previous >= untilNs) {
                break;
            }
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
