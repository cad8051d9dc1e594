package dev.tropical.bench.compare;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.bench.compare.Calibration.Result;
import dev.tropical.bench.compare.RecordStore.StoredRun;
import dev.tropical.bench.serve.Lifecycle;
import dev.tropical.bench.serve.Outcome;
import dev.tropical.bench.serve.RecordFile;
import dev.tropical.bench.serve.RequestRecord;
import dev.tropical.simulator.SimulatedRequest;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CalibrationTest {
    private static final Calibration CALIBRATION = new Calibration(8192, 2, 4096);

    private static RequestRecord record(SimulatedRequest request, double prefillMs, double... at) {
        int[] ones = new int[at.length];
        Arrays.fill(ones, 1);
        Lifecycle lifecycle = new Lifecycle(at[0], 0, 0, prefillMs, List.of());
        return new RequestRecord(request, false, 0, Outcome.DONE, null, at, ones, lifecycle);
    }

    @Test
    void shouldRunPromptsAloneAndThenEveryEnginesBatchAtOnce() {
        List<SimulatedRequest> requests = CALIBRATION.requests(2);
        assertThat(requests).hasSize(6 + 2 * 2);
        assertThat(requests.get(5).arrivedNs()).isEqualTo(7_500_000_000L);
        assertThat(requests.subList(6, 10))
                .allMatch(request -> request.arrivedNs() == 9_000_000_000L)
                .allMatch(request -> request.promptTokens() == 4096);
    }

    @Test
    void shouldTakeMediansOfThePrefillsAndOfTheLaterGaps() {
        List<SimulatedRequest> requests = CALIBRATION.requests(1);
        Result result =
                Result.of(
                        List.of(
                                record(requests.get(0), 300, 310),
                                record(requests.get(1), 200, 210),
                                record(requests.get(2), 220, 230),
                                record(requests.get(6), 900, 1_000, 1_500, 1_520, 1_541)));
        assertThat(result).isEqualTo(new Result(220, 20.5));
    }

    @Test
    void shouldLeaveOutTheRunsOfACommandThatIsFivePerCentOffTheMedian() {
        Commands commands =
                Commands.of(
                        Map.of(
                                "a", new Result(200, 20),
                                "b", new Result(209, 20.5),
                                "c", new Result(200, 21.6)));
        assertThat(commands.usual()).isEqualTo(new Result(200, 20.5));
        assertThat(commands.voided()).as("21.6 is 5.4 % over 20.5").containsExactly("c");
        assertThat(commands.valid(List.of(run("a"), run("c"), run("without one"))))
                .containsExactly(run("a"), run("without one"));
    }

    private static StoredRun run(String command) {
        return new StoredRun(
                "model",
                new Point("vllm", 1, 0),
                new RecordFile.Content(Map.of(RecordStore.COMMAND, command), List.of(), true));
    }
}
