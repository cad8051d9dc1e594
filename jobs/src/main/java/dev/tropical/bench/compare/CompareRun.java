package dev.tropical.bench.compare;

import dev.tropical.bench.compare.RecordStore.StoredRun;
import dev.tropical.bench.serve.LoadPlan;
import dev.tropical.bench.serve.PromptTokens;
import dev.tropical.bench.serve.RecordFile;
import dev.tropical.bench.serve.RequestRecord;
import dev.tropical.bench.serve.ServeRun;
import dev.tropical.bench.serve.ServeSummary;
import dev.tropical.bench.serve.StopRule;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Runs a comparison's points one after the other, leaving out those that have been run. */
public final class CompareRun {
    private final Deployment deployment;
    private final Settings settings;
    private final RecordStore store;
    private final PrintWriter out;

    /**
     * What to run.
     *
     * @param comparison model and workload, as the report names it
     * @param systems compared
     * @param points of these systems, in the order of their runs
     * @param stopFrom a point that is decided gets no more seeds, and one that is below the line no
     *     more requests once it has so many: a first bad minute decides nothing; 0: all run
     * @param load the requests
     * @param vocabSize of the prompts' ids
     * @param warmUp not measured
     * @param drain after the last deadline
     * @param calibration what is measured first; null for nothing
     * @param calibrated system that it is measured under: all its prompts go before any decode, so
     *     that the decodes are a full batch
     * @param command this one's name
     * @param about kept with the records
     */
    public record Settings(
            String comparison,
            List<ServedSystem> systems,
            List<Point> points,
            int stopFrom,
            LoadPlan load,
            int vocabSize,
            Duration warmUp,
            Duration drain,
            @Nullable Calibration calibration,
            ServedSystem calibrated,
            String command,
            Map<String, String> about) {
        public Settings {
            systems = List.copyOf(systems);
            points = List.copyOf(points);
            about = Map.copyOf(about);
        }
    }

    public CompareRun(
            Deployment deployment, Settings settings, RecordStore store, PrintWriter out) {
        this.deployment = deployment;
        this.settings = settings;
        this.store = store;
        this.out = out;
    }

    /** Runs what is missing; each point's records are whole on the disk before the next begins. */
    public void run() throws Exception {
        List<String> names = settings.systems().stream().map(ServedSystem::name).toList();
        String present = calibrate();
        for (Point point : settings.points()) {
            if (store.isComplete(settings.comparison(), point)) {
                say("%s at %.3f, seed %d: kept from an earlier run", point);
            } else if (settings.stopFrom() > 0 && soFar(point).isDecided()) {
                say("%s at %.3f, seed %d: decided without it", point);
            } else {
                if (!present.equals(point.system())) {
                    deployment.switchTo(settings.systems().get(names.indexOf(point.system())));
                    present = point.system();
                }
                deployment.awaitIdle();
                measure(point);
            }
        }
    }

    /** Returns which system the deployment is now. */
    private String calibrate() throws Exception {
        Calibration calibration = settings.calibration();
        if (calibration == null) {
            return "";
        }
        deployment.switchTo(settings.calibrated());
        deployment.awaitIdle();
        try (RecordFile file = store.createCalibration(settings.command())) {
            Calibration.Result result =
                    Calibration.Result.of(
                            run("calibration", Duration.ZERO, StopRule.NEVER)
                                    .run(calibration.requests(deployment.engines()), file));
            out.printf(
                    Locale.ROOT,
                    "RESULT calibration prefill.ms=%.1f step.ms=%.2f%n",
                    result.prefillMs(),
                    result.stepMs());
        }
        return settings.calibrated().name();
    }

    /** Over the seeds that have run. */
    private Attainment soFar(Point point) throws IOException {
        return store.runs().stream()
                .filter(run -> run.comparison().equals(settings.comparison()))
                .filter(run -> run.point().system().equals(point.system()))
                .filter(run -> run.point().rate() == point.rate())
                .map(StoredRun::attainment)
                .reduce(new Attainment(0, 0), Attainment::plus);
    }

    private void measure(Point point) throws Exception {
        String name =
                String.format(
                        Locale.ROOT, "%s@%.3f#%d", point.system(), point.rate(), point.seed());
        Map<String, String> about = new TreeMap<>(settings.about());
        about.put(RecordStore.COMMAND, settings.command());
        StopRule enough = settings.stopFrom() > 0 ? missed(soFar(point)) : StopRule.NEVER;
        List<RequestRecord> records;
        try (RecordFile file = store.create(settings.comparison(), point, about)) {
            records =
                    run(name, settings.warmUp(), enough)
                            .run(settings.load().at(point.rate(), point.seed()), file);
        }
        print(point, ServeSummary.of(records));
    }

    /** Runs begin with empty queues and get worse: only what is below the line already is said. */
    private StopRule missed(Attainment before) {
        return (attained, known) -> {
            Attainment all = before.plus(new Attainment(attained, known));
            return all.total() >= settings.stopFrom() && all.isMissed();
        };
    }

    private ServeRun run(String what, Duration warmUp, StopRule enough) {
        // Ids are idempotency keys, and prompts of an earlier run must not be found cached.
        String name = what + "-" + Long.toString(System.currentTimeMillis(), 36);
        ServeRun.Settings run =
                new ServeRun.Settings(
                        name,
                        new PromptTokens(settings.vocabSize(), name.hashCode()),
                        null,
                        true,
                        warmUp,
                        settings.drain(),
                        enough);
        return new ServeRun(deployment.target(), run, out);
    }

    private void print(Point point, ServeSummary summary) {
        out.printf(
                Locale.ROOT,
                "RESULT compare.%s.%.3f.%d.attained=%.4f ttft.p90.s=%.3f tpot.p90.ms=%.2f%n",
                point.system(),
                point.rate(),
                point.seed(),
                summary.requests().attainment(),
                summary.requests().ttft().p90(),
                1e3 * summary.requests().tpot().p90());
        out.flush();
    }

    private void say(String format, Point point) {
        out.printf(Locale.ROOT, format + "%n", point.system(), point.rate(), point.seed());
        out.flush();
    }
}
