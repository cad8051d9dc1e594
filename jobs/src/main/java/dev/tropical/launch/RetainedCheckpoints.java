package dev.tropical.launch;

import static org.apache.flink.runtime.jobgraph.SavepointRestoreSettings.forPath;

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

/**
 * The checkpoints that earlier runs left in their folder: {@code <job>/chk-<n>/_metadata}. Every
 * run is a job of its own to Flink, so the newest file is the last run's, whatever its number.
 */
public final class RetainedCheckpoints {
    private static final String METADATA = "_metadata";

    private RetainedCheckpoints() {}

    /** The folder below which a run with this data folder checkpoints. */
    static Path folder(Path data) {
        return data.resolve("checkpoints");
    }

    /**
     * Lets a job go on from the newest checkpoint: what an earlier run had read from the topic and
     * not ended is in that state and nowhere else. The checkpoint is claimed: it goes when a newer
     * one has taken its place.
     */
    public static void restoreNewest(JobGraph job, Path folder) {
        newest(folder)
                .map(Path::toUri)
                .map(uri -> forPath(uri.toString(), false, RecoveryClaimMode.CLAIM))
                .ifPresent(job::setSavepointRestoreSettings);
    }

    /**
     * The newest complete checkpoint: its metadata is written last and renamed into place.
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
        Path checkpoint = file.getParent();
        return file.endsWith(METADATA)
                && checkpoint != null
                && String.valueOf(checkpoint.getFileName()).startsWith("chk-");
    }

    private static FileTime writtenAt(Path file) {
        try {
            return Files.getLastModifiedTime(file);
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be read", e);
        }
    }
}
