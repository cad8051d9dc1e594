package dev.tropical.bench.chaos;

import dev.tropical.kafka.CompletionStream;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;

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

    /** Runs the schedule to the end of the last request. */
    public ChaosOutcome run() throws Exception {
        try (ChaosSystem system = new ChaosSystem(options, model, folder);
                CompletionStream client = CompletionStream.open(system.kafka(), false)) {
            ChaosLoad load = new ChaosLoad(client, options);
            List<String> alone = load.textsAlone();
            Thread sender = new Thread(load::run, "chaos-load");
            sender.setDaemon(true);
            sender.start();
            FaultInjector injector = new FaultInjector(system, options, load::isFlowing);
            List<Fault> faults = injector.run(load::isSent);
            return ChaosOutcome.of(faults, load.await(), alone);
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
