package dev.tropical.cli;

import dev.tropical.bench.compare.Calibration;
import dev.tropical.bench.compare.CompareReport;
import dev.tropical.bench.compare.CompareRun;
import dev.tropical.bench.compare.Deployment;
import dev.tropical.bench.compare.LocalDeployment;
import dev.tropical.bench.compare.Point;
import dev.tropical.bench.compare.RecordStore;
import dev.tropical.bench.compare.ServedSystem;
import dev.tropical.bench.serve.LoadPlan;
import dev.tropical.launch.Endpoints;
import dev.tropical.launch.SystemConfig;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The same requests to several systems on one deployment, and a report. */
@Command(
        name = "compare",
        sortOptions = false,
        description =
                "Start engines once, send them the same requests under each system at each rate,"
                        + " and write report.md, points.csv and pictures.")
final class CompareCommand implements Callable<Integer> {
    private static final String CACHING = "--enable-prefix-caching";

    @Spec CommandSpec spec;

    @Option(
            names = "--systems",
            split = ",",
            description =
                    "vllm, vllm-chunked-TOKENS, distserve, distserve-sjf (shortest prompt first),"
                            + " tropical, tropical-multiplexing-TOKENS (prompts of fewer tokens;"
                            + " tropical: 8192). Default: vllm,vllm-chunked-512,distserve,"
                            + "distserve-sjf,tropical.")
    List<String> systems = ServedSystem.DEFAULT;

    @Option(names = "--rates", split = ",", description = "Requests a second.")
    List<Double> rates = List.of();

    @Option(
            names = "--points",
            split = ",",
            paramLabel = "SYSTEM@RATE[#SEED]",
            description =
                    "Run these, in this order, in place of --systems at --rates:"
                            + " tropical@1.5,distserve@0.7 say; with seeds 0, 1, ..., or from"
                            + " SEED on.")
    List<String> points = List.of();

    @Option(
            names = "--seeds",
            description = "Runs a point, with seeds 0, 1, ... Default: ${DEFAULT-VALUE}.")
    int seeds = 1;

    @Option(
            names = "--stop-early",
            arity = "0..1",
            fallbackValue = "60",
            paramLabel = "REQUESTS",
            description =
                    "No further seed for a point whose 95 %% interval excludes the 90 %% line, and"
                            + " no further request once it lies below, from so many on. Without a"
                            + " number: ${FALLBACK-VALUE}.")
    @Nullable Integer stopFrom;

    @Option(
            names = "--title",
            description =
                    "Of the comparison; runs of one title are merged. Default: the model and"
                            + " the workload.")
    @Nullable String title;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Records and report. Default: ${DEFAULT-VALUE}.")
    Path outFolder = Path.of("bench-compare");

    @Option(
            names = "--resume",
            description = "Go on in a folder that has records: complete runs are kept.")
    boolean isResumed;

    @Option(
            names = "--calibrate",
            paramLabel = "PROMPT,BATCH,CONTEXT",
            split = ",",
            description =
                    "Measure prompts of PROMPT tokens alone and a step of BATCH decodes with"
                            + " CONTEXT tokens on each engine first, 8192,64,4096 say: the report"
                            + " leaves commands out that are 5 %% off the median of all.")
    @Nullable List<Integer> calibration;

    @Mixin LoadOptions load;
    @Mixin ServerOptions server;

    @Override
    public Integer call() throws Exception {
        Expect.between("--seeds", seeds, 1, 1_000);
        List<Point> runs = runs();
        if (!isResumed && Files.exists(outFolder.resolve("records"))) {
            throw new UsageException(
                    "--out: " + outFolder + " has records (expected: another folder, or --resume)");
        }
        ServedSystem.Engines engines = prepare();
        List<ServedSystem> compared = parse(engines);
        ServedSystem calibrated = ServedSystem.parse("vllm", engines);
        List<ServedSystem> started = new ArrayList<>(compared);
        if (calibration != null) {
            started.add(calibrated);
        }
        startWith(engines.capacity(started));
        LoadPlan plan = load.plan();
        SystemConfig config = new ServerPlan(server).plan(WorkFolder.path());
        PrintWriter out = spec.commandLine().getOut();
        RecordStore store = new RecordStore(outFolder);
        CompareRun.Settings settings =
                new CompareRun.Settings(
                        title(config),
                        compared,
                        runs,
                        stopFrom(),
                        plan,
                        load.vocabSize,
                        load.warmUp(),
                        load.drain(),
                        calibration(),
                        calibrated,
                        Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
                        about());
        out.println("starting " + config.engines().size() + " engines ...");
        out.flush();
        try (Deployment deployment = new LocalDeployment(config)) {
            new CompareRun(deployment, settings, store, out).run();
        }
        out.println("report: " + CompareReport.write(store, outFolder));
        return 0;
    }

    private int stopFrom() throws UsageException {
        if (stopFrom == null) {
            return 0;
        }
        Expect.between("--stop-early", stopFrom, 1, 10_000_000);
        return stopFrom;
    }

    private String title(SystemConfig config) {
        return title == null ? config.job().servedModelName() + ", " + load.workload : title;
    }

    private List<Point> runs() throws UsageException {
        if (rates.isEmpty() == points.isEmpty()) {
            throw new UsageException("expected one of --rates and --points");
        }
        if (rates.stream().anyMatch(rate -> !(rate > 0))) {
            throw new UsageException("--rates: " + rates + " (expected: above 0)");
        }
        if (points.isEmpty()) {
            return Point.interleaved(systems, rates.stream().sorted().toList(), seeds);
        }
        try {
            List<Point> named = points.stream().map(Point::parse).toList();
            systems = named.stream().map(Point::system).distinct().toList();
            return Point.each(named, seeds);
        } catch (IllegalArgumentException e) {
            throw new UsageException("--" + e.getMessage());
        }
    }

    private @Nullable Calibration calibration() throws UsageException {
        List<Integer> numbers = calibration;
        if (numbers == null) {
            return null;
        }
        if (numbers.size() != 3 || numbers.stream().anyMatch(number -> number < 1)) {
            throw new UsageException(
                    "--calibrate: " + numbers + " (expected: PROMPT,BATCH,CONTEXT)");
        }
        return new Calibration(numbers.get(0), numbers.get(1), numbers.get(2));
    }

    /** What all systems share; the server's other options are set to what comparisons need. */
    private ServedSystem.Engines prepare() {
        boolean isCachingAsked = spec.commandLine().getParseResult().hasMatchedOption(CACHING);
        server.enablePrefixCaching = isCachingAsked && server.enablePrefixCaching;
        server.routing.mode = "tropical"; // engines measure themselves for the router
        server.port = Endpoints.NONE;
        server.kafkaPort = 0;
        server.uiPort = 0;
        if (load.sloProfile == null && load.ttftMs == null) {
            load.sloProfile = server.routing.profile;
        }
        int slots = Math.max(server.prefillMaxNumSeqs, server.decodeMaxNumSeqs);
        server.prefillMaxNumSeqs = slots;
        server.decodeMaxNumSeqs = slots;
        return new ServedSystem.Engines(
                slots,
                load.maxPromptTokens + slots,
                server.prefillMaxNumBatchedTokens,
                server.decodeMaxNumBatchedTokens);
    }

    private List<ServedSystem> parse(ServedSystem.Engines engines) throws UsageException {
        try {
            return systems.stream().map(name -> ServedSystem.parse(name, engines)).toList();
        } catch (IllegalArgumentException e) {
            throw new UsageException("--" + e.getMessage());
        }
    }

    /** Engines start so that every system can be made of them by a change of limits and roles. */
    private void startWith(int capacity) {
        server.prefillMaxNumBatchedTokens = capacity;
        server.decodeMaxNumBatchedTokens = capacity;
    }

    /** What people ask of a table; keys that begin with "with" are printed above it. */
    private Map<String, String> about() {
        Map<String, String> about = new TreeMap<>();
        about.put("with engines", server.replicaSpec + " on " + server.device);
        about.put("with prefix caching", server.enablePrefixCaching ? "on" : "off");
        about.put("with workload", load.workload + ", " + load.arrivals + " arrivals");
        about.put("with prompts up to", load.maxPromptTokens + " tokens");
        about.put(
                "with objectives",
                (load.ttftMs == null
                                ? load.ttftFactor + " x the unloaded prefill"
                                : load.ttftMs + " ms to the first token")
                        + ", "
                        + load.tpotMs
                        + " ms a token");
        about.put("with Java", System.getProperty("java.version"));
        return about;
    }
}
