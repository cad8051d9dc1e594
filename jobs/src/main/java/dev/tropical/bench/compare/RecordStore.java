package dev.tropical.bench.compare;

import dev.tropical.bench.serve.RecordFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** A comparison's folder of records, a file a run; many commands may fill it. */
public final class RecordStore {
    static final String COMPARISON = "comparison";

    /** Which command made a run. */
    static final String COMMAND = "command";

    private static final String CALIBRATION = "calibration";
    private static final String SYSTEM = "system";
    private static final String RATE = "rate";
    private static final String SEED = "seed";
    private static final String SUFFIX = ".jsonl.gz";

    private final Path folder;

    /** Makes the folder. */
    public RecordStore(Path folder) throws IOException {
        this.folder = Files.createDirectories(folder.resolve("records"));
    }

    private Path file(String comparison, Point point) {
        String name =
                String.format(
                        Locale.ROOT,
                        "%s_%s_%.3f_%d",
                        plain(comparison),
                        point.system(),
                        point.rate(),
                        point.seed());
        return folder.resolve(name + SUFFIX);
    }

    /** With what file systems anywhere allow. */
    private static String plain(String name) {
        return name.replaceAll("[^A-Za-z0-9.-]+", "-");
    }

    /** Whether an earlier command has run the point to its end. */
    boolean isComplete(String comparison, Point point) throws IOException {
        Path file = file(comparison, point);
        return Files.exists(file) && RecordFile.read(file).isComplete();
    }

    /** Begins a point's file, over that of a run that broke off. */
    RecordFile create(String comparison, Point point, Map<String, String> about)
            throws IOException {
        Map<String, String> all = new TreeMap<>(about);
        all.put(COMPARISON, comparison);
        all.put(SYSTEM, point.system());
        all.put(RATE, Double.toString(point.rate()));
        all.put(SEED, Long.toString(point.seed()));
        return RecordFile.create(file(comparison, point), all);
    }

    /** Begins the records of a command's calibration. */
    RecordFile createCalibration(String command) throws IOException {
        Path file = folder.resolve(CALIBRATION + "_" + plain(command) + SUFFIX);
        return RecordFile.create(file, Map.of(CALIBRATION, command));
    }

    /** What the commands' calibrations came to, by command. */
    Map<String, Calibration.Result> calibrations() throws IOException {
        Map<String, Calibration.Result> results = new TreeMap<>();
        for (RecordFile.Content content : contents()) {
            String command = content.about().get(CALIBRATION);
            if (command != null) {
                results.put(command, Calibration.Result.of(content.records()));
            }
        }
        return results;
    }

    /**
     * A run as it was read.
     *
     * @param comparison it belongs to
     * @param point it measured
     * @param content its records
     */
    record StoredRun(String comparison, Point point, RecordFile.Content content) {
        Attainment attainment() {
            int attained = 0;
            int total = 0;
            for (var record : content.records()) {
                total += record.isWarmUp() ? 0 : 1;
                attained += !record.isWarmUp() && record.result().isAttained() ? 1 : 0;
            }
            return new Attainment(attained, total);
        }
    }

    /** All complete runs, in the order of their names. */
    List<StoredRun> runs() throws IOException {
        List<StoredRun> runs = new ArrayList<>();
        for (RecordFile.Content content : contents()) {
            Map<String, String> about = content.about();
            if (about.containsKey(SYSTEM)) {
                Point point =
                        new Point(
                                about.get(SYSTEM),
                                Double.parseDouble(about.getOrDefault(RATE, "0")),
                                Long.parseLong(about.getOrDefault(SEED, "0")));
                runs.add(new StoredRun(about.getOrDefault(COMPARISON, ""), point, content));
            }
        }
        return runs;
    }

    private List<RecordFile.Content> contents() throws IOException {
        List<RecordFile.Content> contents = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(f -> f.toString().endsWith(SUFFIX)).sorted().toList()) {
                RecordFile.Content content = RecordFile.read(file);
                if (content.isComplete()) {
                    contents.add(content);
                }
            }
        }
        return contents;
    }
}
