package dev.tropical.bench.chaos;

import dev.tropical.bench.Latencies;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;

/** How long each kind of fault was felt. */
public final class Recoveries {
    private final Map<FaultKind, Latencies> byKind = new EnumMap<>(FaultKind.class);
    private final Latencies ofEnginesAlone = new Latencies();
    private final List<Outage> outages = new ArrayList<>();

    /** How long a fault of the cluster was felt. */
    private record Outage(long fromNs, double ms) {
        boolean overlaps(long otherFromNs, double otherMs) {
            return otherFromNs <= fromNs + ms * 1e6 && fromNs <= otherFromNs + otherMs * 1e6;
        }
    }

    /**
     * Of an engine: for each of its requests, to the end of the longest silence of that. Of the
     * cluster: to the end of the longest silence of all requests together. Silences count up to the
     * next fault of the same sort, for that one has its own.
     */
    static Recoveries of(List<Fault> faults, Collection<RequestTrace> traces) {
        Recoveries recoveries = new Recoveries();
        NavigableSet<Long> tokens = new TreeSet<>();
        traces.forEach(trace -> tokens.addAll(trace.tokenTimes()));
        for (Fault fault : faults) {
            if (!fault.kind().isOfEngine()) {
                long nextNs = nextNs(fault, faults);
                recoveries.addOutage(fault, endOfLongestSilenceMs(fault.atNs(), nextNs, tokens));
            }
        }
        for (Fault fault : faults) {
            if (fault.kind().isOfEngine()) {
                long nextNs = nextNs(fault, faults);
                traces.stream()
                        .mapToDouble(trace -> trace.recoveryMs(fault, nextNs))
                        .filter(ms -> ms >= 0)
                        .forEach(ms -> recoveries.addEngine(fault, ms));
            }
        }
        return recoveries;
    }

    /** These and those of a later run. */
    Recoveries and(Recoveries later) {
        Recoveries both = new Recoveries();
        for (Recoveries each : List.of(this, later)) {
            each.byKind.forEach(
                    (kind, latencies) -> latencies.values().forEach(both.latencies(kind)::add));
            each.ofEnginesAlone.values().forEach(both.ofEnginesAlone::add);
        }
        return both;
    }

    private void addOutage(Fault fault, double ms) {
        outages.add(new Outage(fault.atNs(), ms));
        latencies(fault.kind()).add(ms);
    }

    private void addEngine(Fault fault, double ms) {
        latencies(fault.kind()).add(ms);
        if (outages.stream().noneMatch(outage -> outage.overlaps(fault.atNs(), ms))) {
            ofEnginesAlone.add(ms);
        }
    }

    private Latencies latencies(FaultKind kind) {
        return byKind.computeIfAbsent(kind, k -> new Latencies());
    }

    private static long nextNs(Fault fault, List<Fault> faults) {
        return faults.stream()
                .filter(other -> other.kind().isOfEngine() == fault.kind().isOfEngine())
                .mapToLong(Fault::atNs)
                .filter(atNs -> atNs > fault.atNs())
                .min()
                .orElse(Long.MAX_VALUE);
    }

    /** Of the silences from {@code atNs} on, the one that is longest up to {@code untilNs}. */
    static double endOfLongestSilenceMs(long atNs, long untilNs, NavigableSet<Long> tokens) {
        long previous = atNs;
        long longest = 0;
        long end = atNs;
        for (long token : tokens.tailSet(atNs)) {
            if (previous >= untilNs) {
                break;
            }
            long silence = Math.min(token, untilNs) - previous;
            if (silence > longest) {
                longest = silence;
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

    /** Those that no fault of the cluster was felt beside. */
    public Latencies ofEnginesAlone() {
        return ofEnginesAlone;
    }
}
