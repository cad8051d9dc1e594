package dev.tropical.bench.compare;

import dev.tropical.bench.serve.RequestRecord;
import dev.tropical.protocol.wire.Slo;
import dev.tropical.simulator.SimulatedRequest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.DoubleStream;

/**
 * What each command measures first, so that runs of a slower machine or day are told from the
 * others: prompts alone, then a full batch of decodes.
 *
 * @param promptTokens of the prompts that run alone
 * @param batch decodes of each engine
 * @param contextTokens of each decode
 */
public record Calibration(int promptTokens, int batch, int contextTokens) {
    /** A command that is so far off the median of all is void. */
    static final double TOLERANCE = 0.05;

    private static final int ALONE = 6;
    private static final long ALONE_EVERY_NS = 1_500_000_000;
    private static final int DECODED_TOKENS = 100;

    /** Nothing is cut: a calibration ends when all its requests have. */
    private static final Slo PATIENT =
            Slo.newBuilder().setTtftNs(60_000_000_000L).setTpotNs(1_000_000_000).build();

    public Calibration {
        if (promptTokens < 1 || batch < 1 || contextTokens < 1) {
            throw new IllegalArgumentException(
                    "calibration: "
                            + promptTokens
                            + ","
                            + batch
                            + ","
                            + contextTokens
                            + " (expected: PROMPT,BATCH,CONTEXT, all positive)");
        }
    }

    /** Prompts one after the other, then every engine's batch at once. */
    List<SimulatedRequest> requests(int engines) {
        List<SimulatedRequest> requests = new ArrayList<>();
        for (int i = 0; i < ALONE; i++) {
            requests.add(request(requests.size(), i * ALONE_EVERY_NS, promptTokens, 1));
        }
        for (int i = 0; i < engines * batch; i++) {
            requests.add(
                    request(
                            requests.size(),
                            ALONE * ALONE_EVERY_NS,
                            contextTokens,
                            DECODED_TOKENS));
        }
        return requests;
    }

    private static SimulatedRequest request(int number, long atNs, int prompt, int output) {
        return new SimulatedRequest("c" + number, atNs, prompt, output, PATIENT);
    }

    /**
     * What a command's calibration came to.
     *
     * @param prefillMs median of the prompts that ran alone, as the engines say
     * @param stepMs median gap between the batch's tokens, of the second half, when all decode
     */
    record Result(double prefillMs, double stepMs) {
        static Result of(List<RequestRecord> records) {
            double[] prefills =
                    records.stream()
                            .filter(record -> record.request().outputTokens() == 1)
                            .filter(RequestRecord::hasQueueing)
                            .mapToDouble(Result::engineMs)
                            .toArray();
            double[] gaps =
                    records.stream()
                            .filter(record -> record.request().outputTokens() > 1)
                            .flatMapToDouble(Result::laterGapsMs)
                            .toArray();
            return new Result(median(prefills), median(gaps));
        }

        private static double engineMs(RequestRecord record) {
            return Objects.requireNonNull(record.lifecycle()).prefillMs();
        }

        private static DoubleStream laterGapsMs(RequestRecord record) {
            long[] gaps = record.itlNs();
            return Arrays.stream(gaps, gaps.length / 2, gaps.length).mapToDouble(gap -> gap / 1e6);
        }

        /** Whether both are as fast as usual. */
        boolean isNear(Result usual) {
            return isNear(prefillMs, usual.prefillMs) && isNear(stepMs, usual.stepMs);
        }

        private static boolean isNear(double value, double usual) {
            return Math.abs(value - usual) <= TOLERANCE * usual;
        }

        /** Of each by itself. */
        static Result median(List<Result> results) {
            return new Result(
                    median(results.stream().mapToDouble(Result::prefillMs).toArray()),
                    median(results.stream().mapToDouble(Result::stepMs).toArray()));
        }

        private static double median(double[] values) {
            double[] sorted = values.clone();
            Arrays.sort(sorted);
            int middle = sorted.length / 2;
            if (sorted.length == 0) {
                return Double.NaN;
            }
            return sorted.length % 2 == 1
                    ? sorted[middle]
                    : (sorted[middle - 1] + sorted[middle]) / 2;
        }
    }
}
