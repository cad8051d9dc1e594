package dev.tropical.bench.chaos;

import dev.tropical.bench.BenchCluster;
import dev.tropical.kafka.CompletionStream;
import dev.tropical.launch.EngineSpec;
import dev.tropical.launch.JobConfig;
import dev.tropical.protocol.wire.Role;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Load and faults on a real cluster, then what clients saw as a table. */
public final class ChaosBench {
    private final ChaosOptions options;
    private final Path model;
    private final Path folder;

    /**
     * @param folder of everything that the cluster writes
     */
    public ChaosBench(ChaosOptions options, Path model, Path folder) {
        this.options = options;
        this.model = model;
        this.folder = folder;
    }

    /**
     * Runs the schedule to the end of the last request; then restarts the job once more, with no
     * engine broken, to count what that costs the engines.
     */
    public ChaosOutcome run() throws Exception {
        try (BenchCluster system = start(options, model, folder);
                CompletionStream client = CompletionStream.open(system.kafka(), false)) {
            List<String> alone = new ChaosLoad(client, "before", options).textsAlone();
            Run all = breakUnderLoad(system, client, "chaos", options);
            system.awaitIdle();
            long before = system.generatedTokens();
            Run restarts =
                    breakUnderLoad(system, client, "restarts", options.withoutEngineFaults());
            system.awaitIdle();
            long recomputed = restarts.recomputed(before, system.generatedTokens());
            TopicAudit audit = TopicAudit.of(system.kafka());
            return ChaosOutcome.of(all.and(restarts), alone, audit, recomputed);
        }
    }

    static BenchCluster start(ChaosOptions options, Path model, Path folder) throws Exception {
        List<EngineSpec> engines = new ArrayList<>();
        for (int i = 0; i < options.prefillEngines(); i++) {
            engines.add(BenchCluster.engine("prefill-" + i, Role.PREFILL, model));
        }
        for (int i = 0; i < options.decodeEngines(); i++) {
            engines.add(BenchCluster.engine("decode-" + i, Role.DECODE, model));
        }
        String name = String.valueOf(model.getFileName());
        JobConfig job = new JobConfig(model, name, "distserve", "at-least-once", null, Map.of(), 2);
        return new BenchCluster(folder, engines, job, options.taskManagers());
    }

    static Run breakUnderLoad(
            BenchCluster system, CompletionStream client, String name, ChaosOptions options)
            throws IOException, InterruptedException {
        ChaosLoad load = new ChaosLoad(client, name, options);
        load.start();
        List<Fault> faults = new FaultInjector(system, options, load::isFlowing).run(load::isSent);
        return new Run(faults, load.await());
    }

    /** What was broken, and what clients saw meanwhile. */
    record Run(List<Fault> faults, List<RequestTrace> traces, Recoveries recoveries) {
        Run(List<Fault> faults, List<RequestTrace> traces) {
            this(faults, traces, Recoveries.of(faults, traces));
        }

        /** Both; the pause between them is no recovery. */
        Run and(Run later) {
            return new Run(
                    concat(faults, later.faults),
                    concat(traces, later.traces),
                    recoveries.and(later.recoveries));
        }

        /**
         * Tokens that engines generated beside those that clients read.
         *
         * @param generatedBefore by the engines, in all, when this began
         * @param generatedAfter the same when it was over and nothing was under way
         */
        long recomputed(long generatedBefore, long generatedAfter) {
            long read = traces.stream().mapToLong(RequestTrace::tokens).sum();
            return generatedAfter - generatedBefore - read;
        }

        private static <T> List<T> concat(List<T> first, List<T> second) {
            return Stream.concat(first.stream(), second.stream()).toList();
        }
    }

    /**
     * The same, with the table of recovery times and the results on {@code out}.
     *
     * @return whether no aim was missed
     */
    public boolean report(PrintWriter out) throws Exception {
        out.printf(
                "%d requests, %d a second; %d prefill and %d decode engines, %d TaskManagers%n",
                options.requests(),
                options.perSecond(),
                options.prefillEngines(),
                options.decodeEngines(),
                options.taskManagers());
        out.flush();
        return ChaosReport.print(out, options, run());
    }
}
