package dev.tropical.cli;

import dev.tropical.bench.serve.ArrivalPlan;
import dev.tropical.bench.serve.LoadPlan;
import dev.tropical.protocol.CostProfile;
import dev.tropical.protocol.wire.StepCost;
import dev.tropical.simulator.TraceEntry;
import dev.tropical.simulator.TraceReader;
import dev.tropical.simulator.Workload;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which requests a benchmark sends, and what they are held to. */
final class LoadOptions {
    private static final double MS_PER_SECOND = 1e3;
    private static final double NS_PER_MS = 1e6;

    @Option(
            names = "--workload",
            paramLabel = "NAME|FILE",
            description =
                    "Lengths: mooncake, azure-code, longbench-llama2, longbench-llama3; or a file:"
                        + " CSV arrival_ms,prompt_tokens,output_tokens, Azure's CSV or Mooncake's"
                        + " JSON lines (whose hash_ids make prompts share prefixes), gzipped or"
                        + " not. Default: ${DEFAULT-VALUE}.")
    String workload = "mooncake";

    @Option(
            names = "--max-prompt-tokens",
            description = "Longer prompts are left out. Default: ${DEFAULT-VALUE}.")
    int maxPromptTokens = 32_768;

    @Option(
            names = "--arrivals",
            description =
                    "poisson, gamma (bursts), or trace: the file's own instants. Default:"
                            + " ${DEFAULT-VALUE}.")
    String arrivals = "poisson";

    @Option(
            names = "--burstiness",
            paramLabel = "SHAPE",
            description =
                    "Of gamma arrivals: 1 is Poisson, less is more bursty. Default:"
                            + " ${DEFAULT-VALUE}.")
    double burstiness = 0.5;

    @Option(names = "--requests", description = "Of a run. Default: ${DEFAULT-VALUE}.")
    int requests = 400;

    @Option(
            names = "--duration",
            paramLabel = "SECONDS",
            description = "Leave out what is due later. Default: none.")
    @Nullable Integer durationSeconds;

    @Option(
            names = "--warm-up",
            paramLabel = "SECONDS",
            description =
                    "Requests due before are sent and not measured. Default: ${DEFAULT-VALUE}.")
    int warmUpSeconds = 0;

    @Option(
            names = "--drain",
            paramLabel = "SECONDS",
            description =
                    "A run is cut so long after the last request's deadline; what has not ended is"
                            + " missed. Default: ${DEFAULT-VALUE}.")
    int drainSeconds = 0;

    @Option(
            names = "--slo-profile",
            paramLabel = "FILE",
            description =
                    "What an unloaded prefill costs, as tropical profile writes it: TTFT objectives"
                            + " are --ttft-factor times that.")
    @Nullable Path sloProfile;

    @Option(names = "--ttft-factor", description = "Default: ${DEFAULT-VALUE}.")
    double ttftFactor = 5;

    @Option(
            names = "--shortest-prefill-ms",
            paramLabel = "MS",
            description =
                    "Shortest prefill step measured: no prefill is taken to be shorter. Default:"
                            + " ${DEFAULT-VALUE}.")
    double shortestPrefillMs = 0;

    @Option(
            names = "--ttft-ms",
            paramLabel = "MS",
            description = "One TTFT objective for all requests, without a profile.")
    @Nullable Double ttftMs;

    @Option(names = "--tpot-ms", paramLabel = "MS", description = "Default: ${DEFAULT-VALUE}.")
    double tpotMs = 100;

    @Option(
            names = "--vocab-size",
            description =
                    "Prompts are random ids below it; every model's vocabulary is larger than the"
                            + " default, ${DEFAULT-VALUE}.")
    int vocabSize = 1_000;

    /**
     * @throws UsageException when an option's value is impossible
     * @throws IOException when the workload or profile cannot be read
     */
    LoadPlan plan() throws UsageException, IOException {
        Expect.oneOf("--arrivals", arrivals, "poisson", "gamma", "trace");
        Expect.between("--requests", requests, 1, 10_000_000);
        Expect.between("--vocab-size", vocabSize, 2, 1 << 24);
        Expect.between("--warm-up", warmUpSeconds, 0, 86_400);
        Expect.between("--drain", drainSeconds, 0, 86_400);
        if ((ttftMs == null) == (sloProfile == null)) {
            throw new UsageException("expected one of --slo-profile FILE and --ttft-ms MS");
        }
        List<TraceEntry> lengths =
                TraceReader.names().contains(workload)
                        ? TraceReader.named(workload)
                        : TraceReader.read(Path.of(workload));
        Workload drawn =
                new Workload(lengths, cost(), factor(), Math.round(tpotMs * NS_PER_MS))
                        .withPromptsUpTo(maxPromptTokens);
        return new LoadPlan(
                drawn,
                ArrivalPlan.Kind.valueOf(arrivals.toUpperCase(Locale.ROOT)),
                burstiness,
                requests,
                durationSeconds == null ? null : Duration.ofSeconds(durationSeconds),
                Duration.ofNanos(Math.round(factor() * shortestPrefillMs * NS_PER_MS)));
    }

    private double factor() {
        return ttftMs == null ? ttftFactor : 1;
    }

    /** One objective for all is a cost that depends on nothing. */
    private StepCost cost() throws IOException {
        return sloProfile == null
                ? StepCost.newBuilder().setA(ttftMs == null ? 0 : ttftMs / MS_PER_SECOND).build()
                : CostProfile.read(sloProfile);
    }

    Duration warmUp() {
        return Duration.ofSeconds(warmUpSeconds);
    }

    Duration drain() {
        return Duration.ofSeconds(drainSeconds);
    }
}
