package dev.tropical.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RetainedCheckpointsTest {
    @TempDir Path data;

    @Test
    void shouldFindNothingBeforeTheFirstRun() {
        assertThat(RetainedCheckpoints.newest(data)).isEmpty();
    }

    @Test
    void shouldTakeTheLastRunsCheckpointWhateverItsNumber() throws IOException {
        checkpoint("first-job", 200, 1_000);
        Path last = checkpoint("second-job", 3, 2_000);
        assertThat(RetainedCheckpoints.newest(data)).contains(last);
    }

    @Test
    void shouldPassOverACheckpointThatWasNotCompleted() throws IOException {
        Path complete = checkpoint("job", 7, 1_000);
        Files.createDirectories(data.resolve("job/chk-8"));
        Files.createDirectories(data.resolve("job/shared"));
        assertThat(RetainedCheckpoints.newest(data)).contains(complete);
    }

    @Test
    void shouldTakeASavepointThatIsNewerThanEveryCheckpoint() throws IOException {
        checkpoint("job", 7, 1_000);
        Path savepoint = Files.createDirectories(data.resolve("savepoint-ab12-0123456789ab"));
        Path metadata = Files.createFile(savepoint.resolve("_metadata"));
        Files.setLastModifiedTime(metadata, FileTime.fromMillis(2_000));
        assertThat(RetainedCheckpoints.newest(data)).contains(savepoint);
    }

    private Path checkpoint(String job, int number, long writtenAtMs) throws IOException {
        Path folder = data.resolve(job).resolve("chk-" + number);
        Files.createDirectories(folder);
        Path metadata = Files.createFile(folder.resolve("_metadata"));
        Files.setLastModifiedTime(metadata, FileTime.fromMillis(writtenAtMs));
        return folder;
    }
}
