package dev.tropical.launch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.flink.core.execution.RecoveryClaimMode;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.SavepointRestoreSettings;

/**
 * What earlier runs left in their folder: checkpoints, {@code <job>/chk-<n>/_metadata}, and the
 * savepoints that they were stopped with, {@code savepoint-<...>/_metadata}. Every run is a job of
 * its own to Flink, so the newest file is the last run's, whatever its number.
 */
public final class RetainedCheckpoints {
    private static final String METADATA = "_metadata";
    private static final String CHECKPOINT = "chk-";
    private static final String SAVEPOINT = "savepoint-";

    private RetainedCheckpoints() {}

    /** The folder below which a run with this data folder checkpoints. */
    static Path folder(Path data) {
        return data.resolve("checkpoints");
    }

    /**
     * Lets a job go on from the newest of them: what an earlier run had read from the topic and not
     * ended is in that state and nowhere else. A checkpoint is claimed, so that it goes when a
     * newer one has taken its place; a savepoint stays its maker's.
     */
    public static void restoreNewest(JobGraph job, Path folder) {
        newest(folder).map(RetainedCheckpoints::from).ifPresent(job::setSavepointRestoreSettings);
    }

    private static SavepointRestoreSettings from(Path newest) {
        RecoveryClaimMode mode =
                isNamed(newest, SAVEPOINT) ? RecoveryClaimMode.NO_CLAIM : RecoveryClaimMode.CLAIM;
        return SavepointRestoreSettings.forPath(newest.toUri().toString(), false, mode);
    }

    /**
     * The newest complete one: its metadata is written last and renamed into place.
     *
     * @throws UncheckedIOException when the folder cannot be read; starting without what it holds
     *     would lose requests
     */
    public static Optional<Path> newest(Path folder) {
        if (!Files.isDirectory(folder)) {
            return Optional.empty();
        }
        try (Stream<Path> files = Files.find(folder, 3, (file, a) -> isMetadata(file))) {
            return files.max(Comparator.comparing(RetainedCheckpoints::writtenAt))
                    .map(Path::getParent);
        } catch (IOException e) {
            throw new UncheckedIOException("checkpoints in " + folder + " cannot be listed", e);
        }
    }

    private static boolean isMetadata(Path file) {
        Path folder = file.getParent();
        return file.endsWith(METADATA)
                && folder != null
                && (isNamed(folder, CHECKPOINT) || isNamed(folder, SAVEPOINT));
    }

    private static boolean isNamed(Path folder, String prefix) {
        return String.valueOf(folder.getFileName()).startsWith(prefix);
    }

    private static FileTime writtenAt(Path file) {
        try {
            return Files.getLastModifiedTime(file);
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be read", e);
        }
    }
}
