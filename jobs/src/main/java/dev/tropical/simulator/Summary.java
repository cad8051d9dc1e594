package dev.tropical.simulator;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * What a run comes to. Times are over the requests that were not rejected; attainment is over all.
 *
 * @param requests of the run
 * @param attainment share that met both objectives, in [0, 1]
 * @param rejected share that was rejected
 * @param ttft seconds
 * @param tpot seconds, over requests with at least two tokens
 * @param jct seconds
 * @param queueing seconds
 */
public record Summary(
        int requests,
        double attainment,
        double rejected,
        Spread ttft,
        Spread tpot,
        Spread jct,
        Spread queueing) {
    private static final double NS_PER_SECOND = 1e9;

    /** Mean and percentiles, seconds; all 0 of nothing. */
    public record Spread(double mean, double p50, double p90, double p99) {
        public static Spread of(long[] nanoseconds) {
            long[] sorted = nanoseconds.clone();
            Arrays.sort(sorted);
            double mean = Arrays.stream(sorted).average().orElse(0) / NS_PER_SECOND;
            return new Spread(mean, at(sorted, 0.5), at(sorted, 0.9), at(sorted, 0.99));
        }

        /** The least value that so many are not above. */
        private static double at(long[] sorted, double share) {
            if (sorted.length == 0) {
                return 0;
            }
            int index = (int) Math.ceil(share * sorted.length) - 1;
            return sorted[Math.max(0, index)] / NS_PER_SECOND;
        }
    }

    /** Of one run, or of several runs' requests together. */
    public static Summary of(List<RequestResult> results) {
        List<RequestResult> served =
                results.stream().filter(result -> !result.isRejected()).toList();
        List<RequestResult> streamed =
                served.stream().filter(result -> result.request().outputTokens() > 1).toList();
        double all = Math.max(1, results.size());
        return new Summary(
                results.size(),
                results.stream().filter(RequestResult::isAttained).count() / all,
                (results.size() - served.size()) / all,
                spread(served, RequestResult::ttftNs),
                spread(streamed, RequestResult::tpotNs),
                spread(served, RequestResult::jctNs),
                spread(served, RequestResult::queueingNs));
    }

    private static Spread spread(
            List<RequestResult> results, ToLongFunction<RequestResult> nanoseconds) {
        return Spread.of(results.stream().mapToLong(nanoseconds).toArray());
    }
}
