package dev.tropical.bench.chaos;

import dev.tropical.kafka.ContradictionException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * What clients saw of a run of faults.
 *
 * @param lost requests without an ending
 * @param failed requests that ended with an error, or whose client gave up
 * @param failures those, by their error's code or what the client threw
 * @param contradictions streams in which the client's library met a gap or two words at one place
 * @param audit of the whole topic
 * @param otherTexts completions that say something else than without a fault
 * @param recomputed tokens that engines generated beside those that clients read, while the job was
 *     restarted and no engine broke
 */
public record ChaosOutcome(
        List<Fault> faults,
        int requests,
        int lost,
        int failed,
        Map<String, Integer> failures,
        int contradictions,
        TopicAudit audit,
        int otherTexts,
        long recomputed,
        Recoveries recoveries) {
    public ChaosOutcome {
        faults = List.copyOf(faults);
        failures = Map.copyOf(failures);
    }

    /**
     * @param alone what each kind of request says when nothing breaks
     */
    static ChaosOutcome of(
            ChaosBench.Run run, List<String> alone, TopicAudit audit, long recomputed) {
        List<Fault> faults = run.faults();
        List<RequestTrace> traces = run.traces();
        return new ChaosOutcome(
                faults,
                traces.size(),
                count(traces, trace -> !trace.isOver()),
                count(traces, ChaosOutcome::hasFailed),
                failures(traces),
                count(traces, trace -> trace.failure() instanceof ContradictionException),
                audit,
                count(traces, trace -> isOther(trace, alone.get(trace.kind()))),
                recomputed,
                run.recoveries());
    }

    private static int count(List<RequestTrace> traces, Predicate<RequestTrace> what) {
        return (int) traces.stream().filter(what).count();
    }

    private static Map<String, Integer> failures(List<RequestTrace> traces) {
        Map<String, Integer> failures = new TreeMap<>();
        for (RequestTrace trace : traces) {
            String error = trace.error();
            RuntimeException failure = trace.failure();
            if (error != null) {
                failures.merge(error, 1, Integer::sum);
            } else if (failure != null) {
                failures.merge(words(failure), 1, Integer::sum);
            }
        }
        return failures;
    }

    private static String words(RuntimeException failure) {
        Throwable cause = failure.getCause();
        String what = failure.getClass().getSimpleName();
        return cause == null ? what : what + "." + cause.getClass().getSimpleName();
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
        return lost + failed + contradictions + otherTexts == 0
                && audit.secondEndings() + audit.gaps() + audit.contradictions() == 0;
    }

    public int engineFaults() {
        return (int) faults.stream().filter(fault -> fault.kind().isOfEngine()).count();
    }

    public int clusterFaults() {
        return faults.size() - engineFaults();
    }
}
