package dev.tropical.bench.load;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;

/**
 * What overload did.
 *
 * @param capacity requests a second that the engine serves
 * @param offered requests a second that were sent
 * @param errors requests that did not end well, by their error's code
 * @param drainS from the load's end to the last request's
 */
public record LoadOutcome(
        double capacity,
        double offered,
        int sent,
        int served,
        Map<String, Integer> errors,
        double drainS,
        List<LoadSample> samples) {
    /** Requests that the job's queue, the engine's, and its running batch take at most. */
    public static final int MOST_HELD = 1024 + 256 + 16;

    public LoadOutcome {
        errors = Map.copyOf(errors);
        samples = List.copyOf(samples);
    }

    /** Requests that were told that they came too late. */
    public int rejected() {
        return errors.getOrDefault("queue_timeout", 0);
    }

    /** Requests that failed otherwise. */
    public int failed() {
        return errors.values().stream().mapToInt(Integer::intValue).sum() - rejected();
    }

    /** Requests without an ending. */
    public int lost() {
        return sent - served - rejected() - failed();
    }

    public int longestLag() {
        return most(LoadSample::lag);
    }

    public int mostHeld() {
        return most(LoadSample::held);
    }

    public int mostWaiting() {
        return most(LoadSample::waiting);
    }

    private int most(ToLongFunction<LoadSample> value) {
        return Math.toIntExact(samples.stream().mapToLong(value).max().orElse(0));
    }

    /**
     * By how much a process's heap after a collection has grown since it had settled, percent.
     *
     * @throws IllegalStateException when there are not two samples since
     */
    public double heapGrowthPercent(String process, Duration settled) {
        List<LoadSample> since =
                samples.stream().filter(sample -> sample.atMs() >= settled.toMillis()).toList();
        if (since.size() < 2) {
            throw new IllegalStateException(
                    since.size() + " samples since " + settled + " (expected: at least two)");
        }
        double first = since.get(0).heapMib(process);
        double last = since.get(since.size() - 1).heapMib(process);
        return (last - first) / first * 100;
    }
}
