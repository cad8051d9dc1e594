package dev.tropical.bench.load;

import dev.tropical.bench.Results;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/** A run of overload as rows and as results with their aims. */
public final class LoadReport {
    private static final double MOST_DRAIN_S = 60;
    private static final double MOST_GROWTH_PERCENT = 5;

    /** Whose heap must not grow; the broker is not this project's. */
    static final List<String> PROCESSES = List.of("taskmanager-0", "jobmanager", "engine");

    private LoadReport() {}

    /** Prints a sample as it is taken. */
    static void row(PrintWriter out, LoadSample sample) {
        out.printf(
                Locale.ROOT,
                "at %d s: sent %d, served %d, rejected %d; on the topic %d, in the job and on the"
                        + " engine %d (waiting there %d)",
                sample.atMs() / 1000,
                sample.sent(),
                sample.served(),
                sample.rejected(),
                sample.lag(),
                sample.held(),
                sample.waiting());
        for (String process : PROCESSES) {
            out.printf(Locale.ROOT, "; %s %.1f MiB", process, sample.heapMib(process));
        }
        out.println();
        out.flush();
    }

    /**
     * @return whether no aim was missed
     */
    public static boolean print(PrintWriter out, LoadOptions options, LoadOutcome outcome) {
        Results results = new Results(out);
        results.value("load.capacity.per_s", outcome.capacity());
        results.value("load.offered.per_s", outcome.offered());
        results.value("load.sent", outcome.sent());
        results.value("load.served", outcome.served());
        results.value("load.rejected", outcome.rejected());
        results.atMost("load.failed", outcome.failed(), 0);
        results.atMost("load.lost", outcome.lost(), 0);
        results.value("load.topic_lag.most", outcome.longestLag());
        results.atMost("load.held.most", outcome.mostHeld(), LoadOutcome.MOST_HELD);
        results.atMost("load.engine_waiting.most", outcome.mostWaiting(), 256);
        for (String process : PROCESSES) {
            results.atMost(
                    "load.heap_growth." + process + ".percent",
                    outcome.heapGrowthPercent(process, options.settled()),
                    MOST_GROWTH_PERCENT);
        }
        results.atMost("load.drain.s", outcome.drainS(), MOST_DRAIN_S);
        return results.allMet();
    }
}
