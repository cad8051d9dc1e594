package dev.tropical.bench.serve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.simulator.SimulatedRequest;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServeRunITCase {
    @TempDir Path folder;

    /** Answers at once, or not at all; may be slow to take a request. */
    private static final class FakeServer implements LoadTarget {
        private final long stallMs;
        private final String deaf;
        private final List<String> cancelled = new CopyOnWriteArrayList<>();
        private final List<String> bodies = new ArrayList<>();

        FakeServer(long stallMs, String deaf) {
            this.stallMs = stallMs;
            this.deaf = deaf;
        }

        @Override
        public boolean isStreamAskedFor() {
            return false;
        }

        @Override
        public void send(byte[] body, RequestProbe probe) {
            bodies.add(new String(body, StandardCharsets.UTF_8));
            if (stallMs > 0) {
                LockSupport.parkNanos(stallMs * Requests.MS);
            }
            if (!probe.id().endsWith(deaf)) {
                probe.tokens(System.nanoTime(), 1);
                probe.done(null);
            }
        }

        @Override
        public void cancel(RequestProbe probe) {
            cancelled.add(probe.id());
        }

        @Override
        public void close() {}
    }

    private List<RequestRecord> run(FakeServer server, List<SimulatedRequest> requests)
            throws Exception {
        return run(server, requests, StopRule.NEVER);
    }

    private List<RequestRecord> run(
            FakeServer server, List<SimulatedRequest> requests, StopRule enough) throws Exception {
        ServeRun.Settings settings =
                new ServeRun.Settings(
                        "test",
                        new PromptTokens(100, 0),
                        null,
                        true,
                        Duration.ofMillis(15),
                        Duration.ofSeconds(1),
                        enough);
        Path path = folder.resolve("run.jsonl.gz");
        try (RecordFile file = RecordFile.create(path, Map.of())) {
            ServeRun run = new ServeRun(server, settings, new PrintWriter(new StringWriter()));
            List<RequestRecord> records = run.run(requests, file);
            assertThat(RecordFile.read(path).records()).hasSameSizeAs(records);
            return records;
        }
    }

    private static List<SimulatedRequest> every(int ms, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> Requests.request("r" + i, (long) i * ms, 1))
                .toList();
    }

    @Test
    void shouldSendAtThePlansInstantsAndTellTheWarmUpFromTheRest() throws Exception {
        List<RequestRecord> records = run(new FakeServer(0, "nobody"), every(10, 20));
        assertThat(records).hasSize(20).allMatch(RequestRecord::isDone);
        assertThat(records).filteredOn(RequestRecord::isWarmUp).hasSize(2);
    }

    @Test
    void shouldCountTheWaitOfWhatAStalledServerHoldsUp() throws Exception {
        List<RequestRecord> records = run(new FakeServer(50, "nobody"), every(10, 10));
        RequestRecord last = records.get(9);
        assertThat(last.lateMs()).as("due at 90 ms, sent after 9 stalls").isGreaterThan(350);
        assertThat(last.chunkMs()[0])
                .as("its latency counts from when it was due")
                .isGreaterThan(last.lateMs() + 49);
    }

    @Test
    void shouldCutAfterTheLastDeadlineAndCancelWhatHasNotEnded() throws Exception {
        FakeServer server = new FakeServer(0, "r3");
        List<RequestRecord> records = run(server, every(1, 5));
        assertThat(records).hasSize(5);
        assertThat(records)
                .filteredOn(record -> record.outcome() == Outcome.UNFINISHED)
                .extracting(record -> record.request().id())
                .containsExactly("r3");
        assertThat(server.cancelled).containsExactly("test-r3");
    }

    @Test
    void shouldStopWhenItHasSaidEnoughAndCountTheFirstRequestsWithoutAGap() throws Exception {
        List<RequestRecord> records =
                run(
                        new FakeServer(0, "nobody"),
                        every(10, 10_000),
                        (attained, known) -> known >= 20 && attained == known);
        assertThat(records).as("100 s would be the whole run").hasSizeLessThan(9_000);
        List<Long> counted =
                records.stream()
                        .filter(record -> !record.isWarmUp())
                        .map(record -> record.request().arrivedNs() / Requests.MS)
                        .sorted()
                        .toList();
        assertThat(counted).hasSizeGreaterThanOrEqualTo(20).startsWith(20L, 30L, 40L);
        assertThat(counted.get(counted.size() - 1)).isEqualTo(10L * (counted.size() + 1));
    }
}
