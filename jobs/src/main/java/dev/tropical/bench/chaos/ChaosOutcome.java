package dev.tropical.bench.chaos;

import dev.tropical.kafka.ContradictionException;
import java.util.List;
import java.util.function.Predicate;

/**
 * What clients saw of a run of faults.
 *
 * @param lost requests without an ending
 * @param failed requests that ended with an error, or whose client gave up
 * @param contradictions streams with a gap, two words at one place, or two endings
 * @param otherTexts completions that say something else than without a fault
 */
public record ChaosOutcome(
        List<Fault> faults,
        int requests,
        int lost,
        int failed,
        int contradictions,
        int otherTexts,
        Recoveries recoveries) {
    public ChaosOutcome {
        faults = List.copyOf(faults);
    }

    /**
     * @param alone what each kind of request says when nothing breaks
     */
    static ChaosOutcome of(List<Fault> faults, List<RequestTrace> traces, List<String> alone) {
        return new ChaosOutcome(
                faults,
                traces.size(),
                count(traces, trace -> !trace.isOver()),
                count(traces, ChaosOutcome::hasFailed),
                count(traces, trace -> trace.failure() instanceof ContradictionException),
                count(traces, trace -> isOther(trace, alone.get(trace.kind()))),
                Recoveries.of(faults, traces));
    }

    private static int count(List<RequestTrace> traces, Predicate<RequestTrace> what) {
        return (int) traces.stream().filter(what).count();
    }

    private static boolean hasFailed(RequestTrace trace) {
        return trace.error() != null
                || (trace.failure() != null
                        && !(trace.failure() instanceof ContradictionException));
    }

    private static boolean isOther(RequestTrace trace, String alone) {
        return ChaosLoad.isRepeatable(trace.kind())
                && trace.isOver()
                && trace.error() == null
                && trace.failure() == null
                && !trace.text().equals(alone);
    }

    /** Whether every request had the one stream that it has without faults. */
    public boolean isClean() {
        return lost + failed + contradictions + otherTexts == 0;
    }

    public int engineFaults() {
        return (int) faults.stream().filter(fault -> fault.kind().isOfEngine()).count();
    }

    public int clusterFaults() {
        return faults.size() - engineFaults();
    }
}
