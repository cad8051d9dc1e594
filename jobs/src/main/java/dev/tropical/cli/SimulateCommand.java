package dev.tropical.cli;

import dev.tropical.protocol.CostProfile;
import dev.tropical.protocol.wire.StepCost;
import dev.tropical.scheduling.routing.TropicalOptions;
import dev.tropical.simulator.Experiment;
import dev.tropical.simulator.PaperPreset;
import dev.tropical.simulator.PaperReport;
import dev.tropical.simulator.Summary;
import dev.tropical.simulator.SystemSpec;
import dev.tropical.simulator.TraceReader;
import dev.tropical.simulator.Workload;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
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
                    "paper: the published comparison of all systems at all rates, as Markdown"
                            + " beside the published numbers. variants: the same for other"
                            + " settings of the systems.")
    @Nullable String preset;

    @Option(
            names = "--mode",
            description =
                    "Without a preset: tropical, distserve, vllm or vllm-chunked. Default:"
                            + " ${DEFAULT-VALUE}.")
    String mode = "tropical";

    @Option(names = "--rate", description = "Requests a second. Default: ${DEFAULT-VALUE}.")
    double rate = 1;

    @Option(names = "--requests", description = "Requests of a run. Default: ${DEFAULT-VALUE}.")
    int requests = 1_000;

    @Option(
            names = "--seeds",
            description = "Runs a point, with seeds 0, 1, ... Default: ${DEFAULT-VALUE}.")
    int seeds = 5;

    @Option(
            names = "--workload",
            paramLabel = "FILE",
            description =
                    "Lengths: CSV arrival_ms,prompt_tokens,output_tokens or Mooncake's JSON lines,"
                            + " gzipped or not. Default: Mooncake's synthetic trace.")
    @Nullable Path workload;

    @Option(
            names = "--max-prompt-tokens",
            description = "Longer prompts are left out. Default: ${DEFAULT-VALUE}.")
    int maxPromptTokens = PaperPreset.MAX_PROMPT_TOKENS;

    @Option(
            names = "--profile",
            paramLabel = "FILE",
            description =
                    "Cost model of the unloaded prefill that TTFT objectives are multiples of, and"
                            + " of every step; JSON. Default: the paper's A100.")
    @Nullable Path profile;

    @Option(names = "--no-goodput", description = "With a preset: leave the bisection out.")
    boolean isWithoutGoodput;

    @Override
    public Integer call() throws Exception {
        StepCost cost = profile == null ? PaperPreset.COST : CostProfile.read(profile);
        Experiment experiment = new Experiment(workload(cost), requests, seeds);
        if (preset == null) {
            print(experiment.at(system(cost), rate), spec.commandLine().getOut());
        } else {
            new PaperReport(experiment, spec.commandLine().getOut())
                    .print(systems(preset, cost), !isWithoutGoodput);
        }
        return 0;
    }

    private static List<SystemSpec> systems(String preset, StepCost cost) throws UsageException {
        return switch (preset) {
            case "paper" -> PaperPreset.systems(cost);
            case "variants" -> PaperPreset.variants(cost);
            default ->
                    throw new UsageException(
                            "--preset: " + preset + " (expected: paper or variants)");
        };
    }

    private Workload workload(StepCost cost) throws IOException {
        return new Workload(
                        workload == null ? TraceReader.mooncake() : TraceReader.read(workload),
                        cost,
                        TTFT_FACTOR,
                        TropicalOptions.DEFAULT.objectives().tpotNs())
                .withPromptsUpTo(maxPromptTokens);
    }

    private SystemSpec system(StepCost cost) throws UsageException {
        List<String> modes = List.of("tropical", "distserve", "vllm", "vllm-chunked");
        int index = modes.indexOf(mode);
        if (index < 0) {
            throw new UsageException(
                    "--mode: " + mode + " (expected: " + String.join(", ", modes) + ")");
        }
        return PaperPreset.systems(cost).get(index);
    }

    private void print(Experiment.Point point, PrintWriter out) {
        Summary summary = point.summary();
        out.printf(
                Locale.ROOT,
                "%s at %.2f requests/s: %.1f %% attain, %.1f %% rejected%n",
                mode,
                rate,
                100 * summary.attainment(),
                100 * summary.rejected());
        out.printf("%-10s %10s %10s %10s %10s%n", "seconds", "mean", "p50", "p90", "p99");
        print(out, "ttft", summary.ttft());
        print(out, "tpot", summary.tpot());
        print(out, "jct", summary.jct());
        print(out, "queueing", summary.queueing());
        out.println("decisions  " + point.decisions());
        out.flush();
    }

    private static void print(PrintWriter out, String name, Summary.Spread spread) {
        out.printf(
                Locale.ROOT,
                "%-10s %10.3f %10.3f %10.3f %10.3f%n",
                name,
                spread.mean(),
                spread.p50(),
                spread.p90(),
                spread.p99());
    }
}
