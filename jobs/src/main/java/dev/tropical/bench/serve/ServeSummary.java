package dev.tropical.bench.serve;

import dev.tropical.simulator.Summary;
import dev.tropical.simulator.Summary.Spread;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;

/**
 * What a run's records come to, warm-up left out. Times are in seconds, over the requests that were
 * answered; attainment is over all.
 *
 * @param requests attainment, TTFT, TPOT, JCT and queueing, as the simulator's
 * @param itl between two tokens, over all tokens of all requests
 * @param added to the first token by everything but the engine: TTFT less the engine's queue and
 *     prefill, which in mode tropical holds the router's queue
 * @param late how late requests were sent
 * @param counts of those that did not come out well
 * @param rates throughput
 */
public record ServeSummary(
        Summary requests, Spread itl, Spread added, Spread late, Counts counts, Rates rates) {
    private static final double NS_PER_MS = 1e6;
    private static final double NS_PER_SECOND = 1e9;

    /**
     * Numbers of requests.
     *
     * @param shortened answered with fewer tokens than asked for
     * @param withLifecycle of which the system's own times are known
     */
    public record Counts(
            int attained,
            int rejected,
            int failed,
            int unfinished,
            int shortened,
            int withLifecycle) {}

    /**
     * Per second from the first request's due instant to the last one's end.
     *
     * @param requests that were answered
     * @param attained that met their objectives: the run's goodput
     */
    public record Rates(
            double seconds,
            double requests,
            double attained,
            double promptTokens,
            double outputTokens) {}

    /** Of one run's records, or of several runs' together but for the rates. */
    public static ServeSummary of(List<RequestRecord> all) {
        List<RequestRecord> records = all.stream().filter(record -> !record.isWarmUp()).toList();
        List<RequestRecord> done = records.stream().filter(RequestRecord::isDone).toList();
        long[] gaps =
                done.stream().map(RequestRecord::itlNs).flatMapToLong(Arrays::stream).toArray();
        List<RequestRecord> known = done.stream().filter(RequestRecord::hasQueueing).toList();
        Counts counts =
                new Counts(
                        count(records, record -> record.result().isAttained()),
                        count(records, record -> record.outcome() == Outcome.REJECTED),
                        count(records, record -> record.outcome() == Outcome.FAILED),
                        count(records, record -> record.outcome() == Outcome.UNFINISHED),
                        count(done, record -> record.tokens() < record.request().outputTokens()),
                        known.size());
        return new ServeSummary(
                Summary.of(records.stream().map(RequestRecord::result).toList()),
                Spread.of(gaps),
                spread(known, ServeSummary::addedMs),
                spread(records, RequestRecord::lateMs),
                counts,
                rates(records, done, counts.attained()));
    }

    private static int count(List<RequestRecord> records, Predicate<RequestRecord> isCounted) {
        return (int) records.stream().filter(isCounted).count();
    }

    private static double addedMs(RequestRecord record) {
        Lifecycle known = Objects.requireNonNull(record.lifecycle());
        return record.chunkMs()[0] - known.engineQueuedMs() - known.prefillMs();
    }

    private static Spread spread(List<RequestRecord> records, ToDoubleFunction<RequestRecord> ms) {
        return Spread.of(
                records.stream()
                        .mapToLong(r -> Math.round(ms.applyAsDouble(r) * NS_PER_MS))
                        .toArray());
    }

    private static Rates rates(
            List<RequestRecord> records, List<RequestRecord> done, int attained) {
        long startNs = records.stream().mapToLong(r -> r.request().arrivedNs()).min().orElse(0);
        long endNs = done.stream().mapToLong(r -> r.result().endedNs()).max().orElse(startNs + 1);
        double seconds = Math.max(1, endNs - startNs) / NS_PER_SECOND;
        double prompts = done.stream().mapToLong(r -> r.request().promptTokens()).sum();
        double outputs = done.stream().mapToLong(RequestRecord::tokens).sum();
        return new Rates(
                seconds,
                done.size() / seconds,
                attained / seconds,
                prompts / seconds,
                outputs / seconds);
    }
}
