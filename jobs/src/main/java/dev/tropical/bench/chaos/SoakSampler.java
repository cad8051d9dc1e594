package dev.tropical.bench.chaos;

import dev.tropical.bench.BenchCluster;
import dev.tropical.bench.ProcessSample;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks at every process and folder of a cluster now and then, on a thread that close ends. */
final class SoakSampler implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SoakSampler.class);
    private static final long CLOSE_MS = 60_000;

    private final BenchCluster system;
    private final Path folder;
    private final Duration every;
    private final PrintWriter out;
    private final List<Sample> samples = new ArrayList<>(); // guarded by itself
    private final Thread thread = new Thread(this::run, "soak-sampler");

    /**
     * The system at a moment.
     *
     * @param temporaryFiles in the processes' temporary folders
     * @param checkpointFiles below the job's checkpoint folder
     */
    record Sample(
            Map<String, ProcessSample> processes, long temporaryFiles, long checkpointFiles) {}

    SoakSampler(BenchCluster system, Path folder, Duration every, PrintWriter out) {
        this.system = system;
        this.folder = folder;
        this.every = every;
        this.out = out;
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        long startNs = System.nanoTime();
        out.println(
                "minute,process,heap_mib,resident_mib,threads,open_files,temp_files,checkpoints");
        try {
            while (true) {
                Thread.sleep(every.toMillis());
                Sample sample = sample();
                synchronized (samples) {
                    samples.add(sample);
                }
                print((System.nanoTime() - startNs) / 60e9, sample);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // closed
        }
    }

    private Sample sample() throws InterruptedException {
        Map<String, ProcessSample> processes = new LinkedHashMap<>();
        for (Map.Entry<String, Long> process : system.pids().entrySet()) {
            try {
                processes.put(process.getKey(), ProcessSample.of(process.getValue()));
            } catch (IOException e) {
                LOG.info(
                        "no sample of {}, which has just been killed: {}",
                        process.getKey(),
                        e.toString());
            }
        }
        return new Sample(
                processes, files(folder.resolve("tmp")), files(folder.resolve("checkpoints")));
    }

    private static long files(Path folder) {
        if (!Files.isDirectory(folder)) {
            return 0;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            return files.count();
        } catch (IOException | UncheckedIOException e) {
            LOG.info("{} changed while it was counted", folder, e);
            return 0;
        }
    }

    private void print(double minute, Sample sample) {
        sample.processes()
                .forEach(
                        (name, process) ->
                                out.printf(
                                        Locale.ROOT,
                                        "%.1f,%s,%.1f,%.1f,%d,%d,%d,%d%n",
                                        minute,
                                        name,
                                        process.heapBytes() / 1048576.0,
                                        process.residentBytes() / 1048576.0,
                                        process.threads(),
                                        process.openFiles(),
                                        sample.temporaryFiles(),
                                        sample.checkpointFiles()));
        out.flush();
    }

    /** Growth of a process's value from the second quarter's mean to the last quarter's. */
    double growth(String process, ToDoubleFunction<ProcessSample> value) {
        return growth(
                sample -> {
                    ProcessSample of = sample.processes().get(process);
                    return of == null ? Double.NaN : value.applyAsDouble(of);
                });
    }

    /** The same of the whole. */
    double growth(ToDoubleFunction<Sample> value) {
        List<Sample> all;
        synchronized (samples) {
            all = List.copyOf(samples);
        }
        int quarter = all.size() / 4;
        if (quarter == 0) {
            throw new IllegalStateException(all.size() + " samples (expected: at least four)");
        }
        return mean(all.subList(3 * quarter, all.size()), value)
                - mean(all.subList(quarter, 2 * quarter), value);
    }

    private static double mean(List<Sample> samples, ToDoubleFunction<Sample> value) {
        return samples.stream()
                .mapToDouble(value)
                .filter(number -> !Double.isNaN(number))
                .average()
                .orElse(0);
    }

    @Override
    public void close() {
        thread.interrupt();
        try {
            thread.join(CLOSE_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
