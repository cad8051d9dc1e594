package dev.tropical.bench.chaos;

import dev.tropical.bench.BenchCluster;
import dev.tropical.bench.ProcessSample;
import dev.tropical.bench.Results;
import dev.tropical.kafka.CompletionStream;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * A light load for a long time, in which engines die now and then and nothing else does: whether
 * memory, threads, open files and temporary files stay as they are.
 */
public final class SoakBench {
    /** TaskManager and JobManager live through it; engines' files and memory begin anew. */
    private static final List<String> LASTING = List.of("taskmanager-0", "jobmanager");

    private static final double MIB = 1048576;

    private final ChaosOptions options;
    private final Duration sampleEvery;
    private final Path model;
    private final Path folder;

    /**
     * @param folder of everything that the cluster writes
     */
    public SoakBench(ChaosOptions options, Duration sampleEvery, Path model, Path folder) {
        this.options = options;
        this.sampleEvery = sampleEvery;
        this.model = model;
        this.folder = folder;
    }

    /**
     * Prints each sample as it is taken, then the results.
     *
     * @return whether no aim was missed
     */
    public boolean report(PrintWriter out) throws Exception {
        try (BenchCluster system = ChaosBench.start(options, model, folder);
                CompletionStream client = CompletionStream.open(system.kafka(), false)) {
            List<String> alone = new ChaosLoad(client, "before", options).textsAlone();
            try (SoakSampler sampler = new SoakSampler(system, folder, sampleEvery, out)) {
                ChaosBench.Run run = ChaosBench.breakUnderLoad(system, client, "soak", options);
                TopicAudit audit = TopicAudit.of(system.kafka());
                return report(out, ChaosOutcome.of(run, alone, audit, 0), sampler);
            }
        }
    }

    private static boolean report(PrintWriter out, ChaosOutcome outcome, SoakSampler sampler) {
        Results results = new Results(out);
        ChaosReport.streams(results, "soak", outcome);
        for (String process : LASTING) {
            String key = "soak." + process + ".growth.";
            results.atMost(key + "heap_mib", sampler.growth(process, s -> s.heapBytes() / MIB), 4);
            results.value(
                    key + "resident_mib", sampler.growth(process, s -> s.residentBytes() / MIB));
            results.atMost(key + "threads", sampler.growth(process, ProcessSample::threads), 2);
            results.atMost(
                    key + "open_files", sampler.growth(process, ProcessSample::openFiles), 4);
        }
        results.atMost(
                "soak.growth.temporary_files",
                sampler.growth(SoakSampler.Sample::temporaryFiles),
                1);
        results.atMost(
                "soak.growth.checkpoint_files",
                sampler.growth(SoakSampler.Sample::checkpointFiles),
                8);
        return results.allMet();
    }
}
