package dev.tropical.cli;

import dev.tropical.protocol.wire.StepCost;
import dev.tropical.scheduling.routing.RoleSwitching;
import dev.tropical.scheduling.routing.TropicalOptions;
import dev.tropical.simulator.Arrivals;
import dev.tropical.simulator.Comparison;
import dev.tropical.simulator.ComparisonResult;
import dev.tropical.simulator.Experiment;
import dev.tropical.simulator.MarkdownReport;
import dev.tropical.simulator.PaperPreset;
import dev.tropical.simulator.ResultPlots;
import dev.tropical.simulator.ResultsCsv;
import dev.tropical.simulator.ScaleRun;
import dev.tropical.simulator.SimulatedRequest;
import dev.tropical.simulator.Stepping;
import dev.tropical.simulator.SystemSpec;
import dev.tropical.simulator.TraceEntry;
import dev.tropical.simulator.TraceReader;
import dev.tropical.simulator.Workload;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Runs the scheduler in virtual time. */
@Command(
        name = "simulate",
        sortOptions = false,
        description =
                "Run the router and the batch schedulers in virtual time over a cost model:"
                        + " tropical simulate --preset paper.")
final class SimulateCommand implements Callable<Integer> {
    private static final double TTFT_FACTOR = 5;

    @Spec CommandSpec spec;

    @Option(
            names = "--preset",
            description =
                    "paper: the published comparisons of all systems at all rates, as Markdown"
                            + " beside the published numbers. mooncake: the first of them."
                            + " variants: the same for other settings of the systems.")
    @Nullable String preset;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "With a preset: write report.md, results.csv and plots there.")
    @Nullable Path outFolder;

    @Option(
            names = "--mode",
            description =
                    "Without a preset: tropical, distserve, vllm or vllm-chunked. Default:"
                            + " ${DEFAULT-VALUE}.")
    String mode = "tropical";

    @Option(names = "--rate", description = "Requests a second. Default: one for each engine.")
    @Nullable Double rate;

    @Option(names = "--engines", description = "Of all cells together. Default: ${DEFAULT-VALUE}.")
    int engines = 4;

    @Option(
            names = "--cell-size",
            description = "Engines of a cell, half of them for prefill. Default: all.")
    @Nullable Integer cellSize;

    @Option(names = "--requests", description = "Requests of a run. Default: ${DEFAULT-VALUE}.")
    int requests = 1_000;

    @Option(
            names = "--seeds",
            description = "With a preset: runs a point, with seeds 0, 1, ... Default: 5.")
    int seeds = 5;

    @Option(
            names = "--workload",
            paramLabel = "NAME|FILE",
            description =
                    "Lengths: mooncake, azure-code, longbench-llama2, longbench-llama3; or a file,"
                        + " CSV arrival_ms,prompt_tokens,output_tokens or Mooncake's JSON lines,"
                        + " gzipped or not. Default: ${DEFAULT-VALUE}.")
    String workload = "mooncake";

    @Option(
            names = "--max-prompt-tokens",
            description = "Longer prompts are left out. Default: ${DEFAULT-VALUE}.")
    int maxPromptTokens = PaperPreset.MAX_PROMPT_TOKENS;

    @Mixin final CostOptions costs = new CostOptions();

    @Option(
            names = "--arrivals",
            description =
                    "Without a preset: poisson; bursts, eight at a time; or trace, as recorded."
                            + " Default: ${DEFAULT-VALUE}.")
    String arrivals = "poisson";

    @Option(
            names = "--prediction-error",
            paramLabel = "FACTOR",
            description =
                    "Without a preset: engines report their cost times this. Default:"
                            + " ${DEFAULT-VALUE}.")
    double predictionFactor = 1;

    @Option(
            names = "--status-delay",
            paramLabel = "MS",
            description =
                    "Without a preset: of each message between router and engines. Default:"
                            + " ${DEFAULT-VALUE}.")
    double statusDelayMs = 1;

    @Option(
            names = "--role-switching",
            description = "Without a preset: engines' roles follow the load.")
    boolean isRoleSwitching;

    @Option(
            names = "--each-step",
            description =
                    "Without a preset: an event for each decode step, each status and each"
                            + " heartbeat; the same results, later.")
    boolean isEachStep;

    @Option(names = "--no-goodput", description = "With a preset: leave the bisection out.")
    boolean isWithoutGoodput;

    @Override
    public Integer call() throws Exception {
        if (preset == null) {
            runOne();
        } else {
            compare(comparisons(preset));
        }
        return 0;
    }

    // ---- comparisons

    private List<Comparison> comparisons(String name) throws UsageException, IOException {
        return switch (name) {
            case "paper" -> PaperPreset.comparisons();
            case "mooncake" -> List.of(PaperPreset.mooncake(costs.read(PaperPreset.COST)));
            case "variants" -> List.of(PaperPreset.variants(costs.read(PaperPreset.COST)));
            default ->
                    throw new UsageException(
                            "--preset: " + name + " (expected: paper, mooncake or variants)");
        };
    }

    private void compare(List<Comparison> comparisons) throws IOException {
        List<ComparisonResult> results = new ArrayList<>();
        MarkdownReport report = new MarkdownReport(spec.commandLine().getOut());
        for (Comparison comparison : comparisons) {
            ComparisonResult result =
                    ComparisonResult.run(comparison, requests, seeds, !isWithoutGoodput);
            report.print(result);
            results.add(result);
        }
        if (outFolder != null) {
            write(outFolder, results);
        }
    }

    private static void write(Path folder, List<ComparisonResult> results) throws IOException {
        Files.createDirectories(folder);
        ResultsCsv.write(folder.resolve("results.csv"), results);
        try (PrintWriter file =
                new PrintWriter(Files.newBufferedWriter(folder.resolve("report.md")))) {
            file.println("# Simulated beside published");
            MarkdownReport report = new MarkdownReport(file);
            for (ComparisonResult result : results) {
                report.print(result);
                file.println();
                for (String plot : ResultPlots.write(folder, result)) {
                    file.println("![" + plot + "](" + plot + ")");
                }
            }
        }
    }

    // ---- one system

    private void runOne() throws UsageException, IOException {
        int size = cellSize == null ? engines : cellSize;
        Expect.between("--engines", engines, 2, 1_000_000);
        Expect.between("--cell-size", size, 2, engines);
        int cells = (engines + size - 1) / size;
        double perSecond = rate == null ? engines : rate;
        StepCost cost = costs.read(PaperPreset.COST);
        long startNs = System.nanoTime();
        Experiment.Point point;
        Stepping stepping = isEachStep ? Stepping.EACH : Stepping.RUNS;
        try {
            SystemSpec cell = PaperPreset.system(mode, cost, Math.max(1, engines / cells / 2));
            cell = cell.with(timing(cell)).with(roles());
            point = new ScaleRun(cell, cells, stepping).run(requests(cost, perSecond), 0);
        } catch (IllegalArgumentException e) {
            throw new UsageException("--" + e.getMessage());
        }
        double seconds = (System.nanoTime() - startNs) / 1e9;
        new PointPrinter(spec.commandLine().getOut()).print(mode, perSecond, cells, point, seconds);
    }

    private RoleSwitching roles() {
        return isRoleSwitching ? RoleSwitching.OFF.enabled() : RoleSwitching.OFF;
    }

    private SystemSpec.Timing timing(SystemSpec cell) {
        return new SystemSpec.Timing(
                Math.round(statusDelayMs * 1e6), cell.timing().transfer(), predictionFactor, 0);
    }

    private List<SimulatedRequest> requests(StepCost cost, double perSecond)
            throws UsageException, IOException {
        Expect.oneOf("--arrivals", arrivals, "poisson", "bursts", "trace");
        List<TraceEntry> lengths =
                TraceReader.names().contains(workload)
                        ? TraceReader.named(workload)
                        : TraceReader.read(Path.of(workload));
        return new Workload(
                        lengths, cost, TTFT_FACTOR, TropicalOptions.DEFAULT.objectives().tpotNs())
                .withPromptsUpTo(maxPromptTokens)
                .requests(
                        Arrivals.valueOf(arrivals.toUpperCase(Locale.ROOT)),
                        requests,
                        perSecond,
                        0);
    }
}
