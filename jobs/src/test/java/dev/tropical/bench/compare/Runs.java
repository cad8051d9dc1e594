package dev.tropical.bench.compare;

import dev.tropical.bench.compare.RecordStore.StoredRun;
import dev.tropical.bench.serve.Outcome;
import dev.tropical.bench.serve.RecordFile;
import dev.tropical.bench.serve.RequestRecord;
import dev.tropical.protocol.wire.Slo;
import dev.tropical.simulator.SimulatedRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Runs with known numbers for tests. */
final class Runs {
    private static final long MS = 1_000_000;

    private Runs() {}

    /** Two tokens; objectives 100 ms and 10 ms; the first token after {@code ttftMs}. */
    static RequestRecord record(int number, double ttftMs) {
        Slo slo = Slo.newBuilder().setTtftNs(100 * MS).setTpotNs(10 * MS).build();
        return new RequestRecord(
                new SimulatedRequest("r" + number, number * MS, 10, 2, slo),
                false,
                0,
                Outcome.DONE,
                null,
                new double[] {ttftMs, ttftMs + 5},
                new int[] {1, 1},
                null);
    }

    /** So many requests in time, so many late. */
    static List<RequestRecord> records(int attained, int late) {
        List<RequestRecord> records = new ArrayList<>();
        for (int i = 0; i < attained + late; i++) {
            records.add(record(i, i < attained ? 50 : 200));
        }
        return records;
    }

    static StoredRun run(String system, double rate, long seed, int attained, int late) {
        return new StoredRun(
                "model",
                new Point(system, rate, seed),
                new RecordFile.Content(Map.of(), records(attained, late), true));
    }
}
