package dev.tropical.openai.monitor;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** The calls that ended in the last minutes, for people who look. For any thread. */
public final class RecentCalls {
    /** What "recent" means. */
    public static final Duration WINDOW = Duration.ofMinutes(5);

    private static final int MOST = 10_000; // some 33 a second, and under 1 MiB

    private final Deque<Call> calls = new ArrayDeque<>(); // guarded by this

    /** One that has ended well. */
    record Call(long endedAtNs, double ttftMs, double tpotMs, Objective objective) {}

    /**
     * One latency over the window.
     *
     * @param calls how many have it
     * @param withObjective how many of them had an objective
     * @param met how many of those met it
     */
    public record Summary(int calls, double p50Ms, double p99Ms, int withObjective, int met) {}

    synchronized void add(Call call) {
        expire(call.endedAtNs());
        if (calls.size() == MOST) {
            calls.removeFirst();
        }
        calls.addLast(call);
    }

    /** Time to first token. */
    public Summary ttft(long nowNs) {
        return summary(recent(nowNs), Call::ttftMs, call -> call.objective().ttftMs());
    }

    /** Time per output token after the first. */
    public Summary tpot(long nowNs) {
        List<Call> several = recent(nowNs).stream().filter(call -> call.tpotMs() > 0).toList();
        return summary(several, Call::tpotMs, call -> call.objective().tpotMs());
    }

    private synchronized List<Call> recent(long nowNs) {
        expire(nowNs);
        return List.copyOf(calls);
    }

    private void expire(long nowNs) {
        while (!calls.isEmpty() && nowNs - calls.getFirst().endedAtNs() > WINDOW.toNanos()) {
            calls.removeFirst();
        }
    }

    private static Summary summary(
            List<Call> calls, ToDoubleFunction<Call> latency, ToDoubleFunction<Call> objective) {
        double[] sorted = calls.stream().mapToDouble(latency).sorted().toArray();
        List<Call> bound =
                calls.stream().filter(call -> objective.applyAsDouble(call) > 0).toList();
        long met =
                bound.stream()
                        .filter(c -> latency.applyAsDouble(c) <= objective.applyAsDouble(c))
                        .count();
        return new Summary(
                sorted.length,
                percentile(sorted, 0.5),
                percentile(sorted, 0.99),
                bound.size(),
                (int) met);
    }

    private static double percentile(double[] sorted, double share) {
        int rank = (int) Math.ceil(share * sorted.length) - 1;
        return Arrays.stream(sorted).skip(Math.max(0, rank)).findFirst().orElse(0);
    }
}
