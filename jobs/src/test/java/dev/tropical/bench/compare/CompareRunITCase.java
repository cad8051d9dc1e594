package dev.tropical.bench.compare;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.bench.serve.ArrivalPlan;
import dev.tropical.bench.serve.LoadPlan;
import dev.tropical.bench.serve.LoadTarget;
import dev.tropical.bench.serve.RecordFile;
import dev.tropical.bench.serve.RequestProbe;
import dev.tropical.protocol.wire.StepCost;
import dev.tropical.simulator.TraceEntry;
import dev.tropical.simulator.Workload;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A comparison on a deployment that answers at once. */
class CompareRunITCase {
    private static final ServedSystem.Engines ENGINES = new ServedSystem.Engines(16, 128, 64, 32);

    private static final LoadPlan LOAD =
            new LoadPlan(
                    new Workload(
                            List.of(new TraceEntry(0, 8, 1)),
                            StepCost.newBuilder().setA(5).build(),
                            1,
                            1_000_000_000),
                    ArrivalPlan.Kind.POISSON,
                    1,
                    20,
                    null,
                    Duration.ZERO);

    @TempDir Path folder;

    private static final class FakeDeployment implements Deployment, LoadTarget {
        private final List<String> switches = new ArrayList<>();

        @Override
        public void switchTo(ServedSystem system) {
            switches.add(system.name());
        }

        @Override
        public void awaitIdle() {}

        @Override
        public int engines() {
            return 2;
        }

        @Override
        public LoadTarget target() {
            return this;
        }

        @Override
        public boolean isStreamAskedFor() {
            return false;
        }

        @Override
        public void send(byte[] body, RequestProbe probe) {
            probe.tokens(System.nanoTime(), 1);
            probe.done(null);
        }

        @Override
        public void cancel(RequestProbe probe) {}

        @Override
        public void close() {}
    }

    private FakeDeployment compare(int stopFrom, int seeds) throws Exception {
        FakeDeployment deployment = new FakeDeployment();
        CompareRun.Settings settings =
                new CompareRun.Settings(
                        "fake",
                        List.of(
                                ServedSystem.parse("vllm", ENGINES),
                                ServedSystem.parse("tropical", ENGINES)),
                        Point.interleaved(List.of("vllm", "tropical"), List.of(200.0), seeds),
                        stopFrom,
                        LOAD,
                        100,
                        Duration.ZERO,
                        Duration.ZERO,
                        null,
                        ServedSystem.parse("vllm", ENGINES),
                        "now",
                        Map.of("with engines", "fakes"));
        new CompareRun(
                        deployment,
                        settings,
                        new RecordStore(folder),
                        new PrintWriter(new StringWriter()))
                .run();
        return deployment;
    }

    @Test
    void shouldRunOnlyWhatAnEarlierCommandHasNot() throws Exception {
        assertThat(compare(0, 1).switches).containsExactly("vllm", "tropical");
        RecordStore store = new RecordStore(folder);
        try (RecordFile broken = store.create("fake", new Point("tropical", 200, 0), Map.of())) {
            broken.append(Runs.record(0, 50)); // and breaks off
        }
        assertThat(compare(0, 1).switches).as("that run alone again").containsExactly("tropical");
        assertThat(store.runs()).hasSize(2).allMatch(run -> run.attainment().total() == 20);
    }

    @Test
    void shouldGiveADecidedPointNoMoreSeeds() throws Exception {
        compare(60, 6);
        assertThat(new RecordStore(folder).runs())
                .as("the interval of 20 of 20 is 0.839 to 1, that of 40 of 40 0.912 to 1")
                .hasSize(4);
    }

    @Test
    void shouldReportWhateverRunsThereAre() throws Exception {
        compare(0, 2);
        CompareReport.write(new RecordStore(folder), folder);
        String report = Files.readString(folder.resolve("report.md"));
        assertThat(report)
                .contains("- engines: fakes", "## fake", "| tropical | 100.0 +- ", "### vllm");
        assertThat(Files.readAllLines(folder.resolve("points.csv")))
                .hasSize(3)
                .element(1)
                .asString()
                .startsWith("\"fake\",\"tropical\",200.000,1.00000,0.00000,");
        assertThat(report.lines().filter(line -> line.startsWith("![")))
                .hasSize(11)
                .allMatch(
                        line ->
                                Files.exists(
                                        folder.resolve(line.replaceAll(".*\\((.*)\\)", "$1"))));
    }
}
