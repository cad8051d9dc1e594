package dev.tropical.bench.serve;

import dev.tropical.protocol.wire.Slo;
import dev.tropical.simulator.SimulatedRequest;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Requests and records for tests; milliseconds. */
final class Requests {
    static final long MS = 1_000_000;

    private Requests() {}

    /** 100 prompt tokens; objectives 100 ms to the first token and 10 ms a token. */
    static SimulatedRequest request(String id, long dueMs, int outputTokens) {
        Slo slo = Slo.newBuilder().setTtftNs(100 * MS).setTpotNs(10 * MS).build();
        return new SimulatedRequest(id, dueMs * MS, 100, outputTokens, slo);
    }

    /** Answered wholly: a piece of one token at each time, counted from when it was due. */
    static RequestRecord done(
            long dueMs, double lateMs, @Nullable Lifecycle lifecycle, double... chunkMs) {
        int[] ones = new int[chunkMs.length];
        Arrays.fill(ones, 1);
        return new RequestRecord(
                request("r" + dueMs, dueMs, chunkMs.length),
                false,
                lateMs,
                Outcome.DONE,
                null,
                chunkMs,
                ones,
                lifecycle);
    }

    static RequestRecord missed(long dueMs, Outcome outcome) {
        return new RequestRecord(
                request("r" + dueMs, dueMs, 5),
                false,
                0,
                outcome,
                "why",
                new double[0],
                new int[0],
                null);
    }

    static RequestRecord warmUp(RequestRecord record) {
        return new RequestRecord(
                record.request(),
                true,
                record.lateMs(),
                record.outcome(),
                record.error(),
                record.chunkMs(),
                record.chunkTokens(),
                record.lifecycle());
    }

    static Lifecycle lifecycle(double engineQueuedMs, double prefillMs) {
        return new Lifecycle(
                engineQueuedMs + prefillMs,
                engineQueuedMs,
                engineQueuedMs,
                prefillMs,
                List.of("engine-0"));
    }
}
