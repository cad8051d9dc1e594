package dev.tropical.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.bench.serve.Outcome;
import dev.tropical.bench.serve.RecordFile;
import dev.tropical.bench.serve.RequestRecord;
import dev.tropical.protocol.CostProfile;
import dev.tropical.protocol.wire.Slo;
import dev.tropical.protocol.wire.StepCost;
import dev.tropical.simulator.SimulatedRequest;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** A run of two requests: one attained, one missed, of which the profile decides what it says. */
class PredictCommandITCase {
    private static final long MS = 1_000_000;

    @TempDir Path folder;
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeEach
    void measure() throws Exception {
        Files.createDirectories(folder.resolve("records"));
        Map<String, String> about =
                Map.of("comparison", "sample", "system", "vllm", "rate", "1", "seed", "0");
        Path file = folder.resolve("records").resolve("sample.jsonl.gz");
        try (RecordFile records = RecordFile.create(file, about)) {
            records.append(answered("r0", 0, 1_000));
            records.append(answered("r1", 5_000 * MS, 10));
            records.complete();
        }
    }

    /** First token after 100 ms, the second 10 ms later. */
    private static RequestRecord answered(String id, long atNs, long ttftMs) {
        Slo slo = Slo.newBuilder().setTtftNs(ttftMs * MS).setTpotNs(100 * MS).build();
        return new RequestRecord(
                new SimulatedRequest(id, atNs, 100, 2, slo),
                false,
                0,
                Outcome.DONE,
                null,
                new double[] {100, 110},
                new int[] {1, 1},
                null);
    }

    private int predict(double stepSeconds, String... further) throws Exception {
        Path profile = folder.resolve("profile.json");
        StepCost cost = StepCost.newBuilder().setA(stepSeconds).build();
        Files.writeString(profile, CostProfile.toJson(cost, Map.of()));
        CommandLine line = Tropical.commandLine();
        line.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        String[] named = {"bench", "predict", folder.toString(), "--profile", profile.toString()};
        String[] all = new String[named.length + further.length];
        System.arraycopy(named, 0, all, 0, named.length);
        System.arraycopy(further, 0, all, named.length, further.length);
        return line.execute(all);
    }

    @Test
    void shouldSucceedWhereItsPredictionsAreNear() throws Exception {
        assertThat(predict(0.05)).isZero();
        assertThat(out.toString()).contains("predict.within5.share=1.000 aim=>=0.8 met");
    }

    @Test
    void shouldFailWhereTheyAreNot() throws Exception {
        assertThat(predict(0.001)).isEqualTo(1);
        assertThat(out.toString()).contains("predict.within5.share=0.000 aim=>=0.8 MISSED");
    }

    @Test
    void shouldRefuseEnginesThatCompareWouldRefuse() throws Exception {
        assertThat(predict(0.05, "--replica-spec", "two", "1,1")).isEqualTo(2);
        assertThat(err.toString()).contains("--replica-spec: 'two' (expected: TP,PP such as 1,1)");
        assertThat(predict(0.05, "--replica-spec", "1,1")).isEqualTo(2);
        assertThat(err.toString()).contains("[1,1] (expected: at least two engines");
        assertThat(predict(0.05, "--block-size", "24")).isEqualTo(2);
        assertThat(err.toString()).contains("--block-size: 24 (expected: a power of two");
        assertThat(predict(0.05, "--num-blocks", "0")).isEqualTo(2);
        assertThat(err.toString()).contains("--num-blocks: 0 (expected: 1 to");
    }
}
