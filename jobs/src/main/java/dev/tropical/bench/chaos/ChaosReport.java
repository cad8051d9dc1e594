package dev.tropical.bench.chaos;

import dev.tropical.bench.Latencies;
import dev.tropical.bench.Results;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/** A run of faults as a table and as results with their aims. */
final class ChaosReport {
    private ChaosReport() {}

    /**
     * @return whether no aim was missed
     */
    static boolean print(PrintWriter out, ChaosOptions options, ChaosOutcome outcome) {
        table(out, outcome);
        Results results = new Results(out);
        streams(results, "chaos", outcome);
        results.atMost("chaos.recomputed_tokens", (double) outcome.recomputed(), 0);
        engineLoss(results, "chaos.engine_loss", outcome.recoveries().ofEngines());
        engineLoss(results, "chaos.engine_loss_alone", outcome.recoveries().ofEnginesAlone());
        Latencies taskManagers = outcome.recoveries().byKind().get(FaultKind.TASK_MANAGER_KILLED);
        if (taskManagers != null) {
            int aimMs = options.taskManagers() > 1 ? 6_000 : 12_000;
            results.atMost("chaos.task_manager_loss.ms", taskManagers.percentile(100), aimMs);
        }
        return results.allMet();
    }

    private static void engineLoss(Results results, String name, Latencies felt) {
        if (felt.count() > 0) {
            results.value(name + ".requests", felt.count());
            results.atMost(name + ".p50.ms", felt.percentile(50), 1_000);
            results.atMost(name + ".p99.ms", felt.percentile(99), 3_000);
        }
    }

    /** What the requests' streams were like. */
    static void streams(Results results, String run, ChaosOutcome outcome) {
        TopicAudit audit = outcome.audit();
        results.value(run + ".requests", outcome.requests());
        results.value(run + ".engine_faults", outcome.engineFaults());
        results.value(run + ".cluster_faults", outcome.clusterFaults());
        results.atMost(run + ".lost", outcome.lost(), 0);
        results.atMost(run + ".failed", outcome.failed(), 0);
        outcome.failures().forEach((what, times) -> results.value(run + ".failed." + what, times));
        results.atMost(run + ".second_endings", audit.secondEndings(), 0);
        results.atMost(run + ".gaps", audit.gaps(), 0);
        results.atMost(
                run + ".contradictions", outcome.contradictions() + audit.contradictions(), 0);
        results.atMost(run + ".other_texts", outcome.otherTexts(), 0);
        results.value(run + ".repeats", audit.repeats());
    }

    private static void table(PrintWriter out, ChaosOutcome outcome) {
        out.println("| fault | times | felt by | P50 ms | P99 ms | longest ms |");
        out.println("| --- | --- | --- | --- | --- | --- |");
        outcome.recoveries()
                .byKind()
                .forEach(
                        (kind, felt) -> {
                            long times =
                                    outcome.faults().stream().filter(f -> f.kind() == kind).count();
                            String whom = kind.isOfEngine() ? " requests" : "";
                            out.printf("| %s | %d | %s", kind.words(), times, felt.count() + whom);
                            for (int percent : List.of(50, 99, 100)) {
                                out.print(" | " + percentile(felt, percent));
                            }
                            out.println(" |");
                        });
        out.flush();
    }

    private static String percentile(Latencies felt, int percent) {
        return felt.count() == 0
                ? ""
                : String.format(Locale.ROOT, "%.0f", felt.percentile(percent));
    }
}
