package dev.tropical.bench.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tropical.bench.serve.Outcome;
import dev.tropical.bench.serve.RecordFile;
import dev.tropical.bench.serve.RequestRecord;
import dev.tropical.protocol.wire.StepCost;
import dev.tropical.scheduling.cost.StepTime;
import dev.tropical.simulator.RequestResult;
import dev.tropical.simulator.SimulatedRequest;
import dev.tropical.simulator.SystemSpec;
import dev.tropical.simulator.TraceEntry;
import dev.tropical.simulator.Workload;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Records that the simulator itself made, beside what it predicts of them. */
class PredictionReportITCase {
    private static final long MS = 1_000_000;
    private static final String TITLE = "sample";
    private static final StepCost COST =
            StepCost.newBuilder().setA(0.02).setCPf(2e-4).setC0(5e-4).setC1(1e-7).build();

    @TempDir Path folder;
    private RecordStore store;

    @BeforeEach
    void measure() throws Exception {
        store = new RecordStore(folder);
        Workload workload =
                new Workload(
                        List.of(new TraceEntry(0, 900, 40), new TraceEntry(0, 3_000, 20)),
                        COST,
                        3,
                        40 * MS);
        for (String system : List.of("vllm", "distserve", "distserve-sjf", "tropical")) {
            for (double rate : List.of(1.0, 3.0)) {
                Point point = new Point(system, rate, 0);
                record(point, workload.poisson(60, rate, 0));
            }
        }
    }

    /** The simulator's own results as a client would have seen them; the first 5 are warm-up. */
    private void record(Point point, List<SimulatedRequest> requests) throws Exception {
        List<RequestRecord> asked = new ArrayList<>();
        for (SimulatedRequest request : requests) {
            asked.add(record(request, false, Outcome.UNFINISHED, new double[0], new int[0]));
        }
        RecordStore.StoredRun run =
                new RecordStore.StoredRun(
                        TITLE, point, new RecordFile.Content(Map.of(), asked, true));
        List<RequestResult> results = replay(1).run(run);
        try (RecordFile file = store.create(TITLE, point, Map.of())) {
            for (RequestResult result : results) {
                file.append(seen(result, results.indexOf(result) < 5));
            }
            file.complete();
        }
    }

    private static RequestRecord seen(RequestResult result, boolean isWarmUp) {
        SimulatedRequest request = result.request();
        if (result.isRejected()) {
            return record(request, isWarmUp, Outcome.REJECTED, new double[0], new int[0]);
        }
        double firstMs = (double) result.ttftNs() / MS;
        double lastMs = (double) result.jctNs() / MS;
        return record(
                request,
                isWarmUp,
                Outcome.DONE,
                new double[] {firstMs, lastMs},
                new int[] {1, request.outputTokens() - 1});
    }

    private static RequestRecord record(
            SimulatedRequest request,
            boolean isWarmUp,
            Outcome outcome,
            double[] chunkMs,
            int[] chunkTokens) {
        return new RequestRecord(request, isWarmUp, 0, outcome, null, chunkMs, chunkTokens, null);
    }

    /** With steps that take so many times what they were measured to take. */
    private static Replay replay(double factor) {
        return new Replay(
                new Replay.Deployment(
                        1,
                        1,
                        new ServedSystem.Engines(32, 4_128, 4_096, 512),
                        8_192,
                        new SystemSpec.Hardware(StepTime.scaled(COST, factor, factor), 4_096, 16),
                        new SystemSpec.Timing(
                                MS, new SystemSpec.Transfer(2 * MS, 500, false, true), 1, 0)));
    }

    private PredictionReport.Result report(double factor) throws Exception {
        return PredictionReport.write(store, folder, replay(factor), List.of("as it was"));
    }

    @Test
    void shouldPredictItsOwnRunsWithoutADifference() throws Exception {
        PredictionReport.Result result = report(1);
        assertThat(result.points()).isEqualTo(8);
        assertThat(result.telling()).as("points from 20 to 98 %").isBetween(1, 8);
        assertThat(result.nearShare()).isEqualTo(1);
        List<String> lines = Files.readAllLines(folder.resolve("prediction.csv"));
        assertThat(lines).hasSize(9);
        for (String line : lines.subList(1, 9)) {
            String[] cells = line.split(",", -1);
            assertThat(cells).hasSameSizeAs(lines.get(0).split(",", -1));
            assertThat(cells[4]).as("requests without the warm-up").isEqualTo("55");
            assertThat(cells[6]).as("attainment, %s", line).isEqualTo(cells[5]);
            assertThat(Double.parseDouble(cells[13]))
                    .as("mean TTFT, %s", line)
                    .isCloseTo(Double.parseDouble(cells[9]), within(1e-6));
        }
        assertThat(Files.readString(result.report()))
                .contains("- as it was", "## sample", "| tropical | 3.00 | 55 |", "100 %");
    }

    @Test
    void shouldSayWhereTheModelIsWrong() throws Exception {
        PredictionReport.Result result = report(1.6);
        assertThat(result.nearShare()).isLessThan(0.8);
        assertThat(Files.readString(result.report())).contains("| **-");
    }

    @Test
    void shouldRefuseAFolderWithoutRuns(@TempDir Path empty) throws Exception {
        RecordStore none = new RecordStore(empty);
        assertThatThrownBy(() -> PredictionReport.write(none, empty, replay(1), List.of()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("no complete run");
    }
}
