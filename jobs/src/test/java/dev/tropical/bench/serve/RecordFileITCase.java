package dev.tropical.bench.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordFileITCase {
    private static final Map<String, String> ABOUT = Map.of("system", "vllm", "rate", "0.5");
    private static final List<RequestRecord> RECORDS =
            List.of(
                    Requests.done(7, 0.25, Requests.lifecycle(1.5, 40), 50.125, 60, 70),
                    Requests.warmUp(Requests.missed(8, Outcome.REJECTED)),
                    new RequestRecord(
                            Requests.request("pieces", 9, 4),
                            false,
                            0,
                            Outcome.UNFINISHED,
                            "cut",
                            new double[] {10, 20},
                            new int[] {1, 2},
                            null));

    @TempDir Path folder;

    private static void assertSame(List<RequestRecord> read) {
        assertThat(read).usingRecursiveComparison().isEqualTo(RECORDS);
    }

    @Test
    void shouldReadWhatWasWritten() throws IOException {
        Path file = folder.resolve("run.jsonl.gz");
        try (RecordFile out = RecordFile.create(file, ABOUT)) {
            for (RequestRecord record : RECORDS) {
                out.append(record);
            }
            out.complete();
        }
        RecordFile.Content content = RecordFile.read(file);
        assertThat(content.about()).isEqualTo(ABOUT);
        assertThat(content.isComplete()).isTrue();
        assertSame(content.records());
    }

    @Test
    void shouldLeaveOutWhatWasDueWhenARunHadSaidEnough() throws IOException {
        Path file = folder.resolve("run.jsonl.gz");
        long untilNs = 20_000_456; // its request is written as due at 20 ms
        try (RecordFile out = RecordFile.create(file, ABOUT)) {
            out.append(Requests.done(20, 0, null, 50));
            out.append(Requests.done(19, 0, null, 50));
            out.completeUntil(untilNs);
        }
        RecordFile.Content content = RecordFile.read(file);
        assertThat(content.isComplete()).isTrue();
        assertThat(content.records())
                .extracting(RequestRecord::isWarmUp)
                .containsExactly(true, false);
    }

    @Test
    void shouldHaveEachRecordOnTheDiskAtOnceAndReadARunThatBrokeOff() throws IOException {
        Path file = folder.resolve("run.jsonl.gz");
        Path torn = folder.resolve("torn.jsonl.gz");
        try (RecordFile out = RecordFile.create(file, ABOUT)) {
            for (RequestRecord record : RECORDS) {
                out.append(record);
            }
            byte[] written = Files.readAllBytes(file); // the process dies here
            Files.write(torn, written);
            assertSame(RecordFile.read(torn).records());
            assertThat(RecordFile.read(torn).isComplete()).isFalse();
            Files.write(torn, Arrays.copyOf(written, written.length - 20));
            assertThat(RecordFile.read(torn).records()).hasSizeBetween(2, 3);
        }
    }
}
