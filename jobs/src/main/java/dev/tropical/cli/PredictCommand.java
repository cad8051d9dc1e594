package dev.tropical.cli;

import dev.tropical.bench.compare.PredictionReport;
import dev.tropical.bench.compare.RecordStore;
import dev.tropical.bench.compare.Replay;
import dev.tropical.bench.compare.ServedSystem;
import dev.tropical.protocol.CostProfile;
import dev.tropical.protocol.wire.StepCost;
import dev.tropical.simulator.SystemSpec;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The simulator beside a measured comparison. */
@Command(
        name = "predict",
        sortOptions = false,
        description =
                "Replay every run of bench compare's records in the simulator, the same requests at"
                    + " the same instants, and write prediction.md and prediction.csv. What compare"
                    + " was told of engines and batches has to be told again. Exit code 1: too few"
                    + " points are predicted within 5 points.")
final class PredictCommand implements Callable<Integer> {
    private static final double LEAST_NEAR_SHARE = 0.8;
    private static final double NS_PER_MS = 1e6;
    private static final double NS_PER_US = 1e3;

    @Spec CommandSpec spec;

    @Parameters(paramLabel = "DIR", description = "What bench compare had as --out.")
    Path folder = Path.of("bench-compare");

    @Option(
            names = "--profile",
            paramLabel = "FILE",
            required = true,
            description = "Cost of the engines' steps, as tropical profile wrote it.")
    Path profile = Path.of("profile.json");

    @Option(
            names = "--replica-spec",
            arity = "1..*",
            paramLabel = "TP,PP",
            description = "As compare: one entry an engine. Default: 1,1 1,1 1,1.")
    List<String> replicaSpec = List.of("1,1", "1,1", "1,1");

    @Option(
            names = "--partition-id",
            paramLabel = "K",
            description = "As compare: the first K prefill. Default: ${DEFAULT-VALUE}.")
    int partitionId = 1;

    @Option(
            names = "--max-num-seqs",
            description = "The larger of compare's two. Default: ${DEFAULT-VALUE}.")
    int maxNumSeqs = 256;

    @Option(
            names = "--prefill-max-num-batched-tokens",
            description = "As compare. Default: ${DEFAULT-VALUE}.")
    int prefillBudget = 8192;

    @Option(
            names = "--decode-max-num-batched-tokens",
            description = "As compare. Default: ${DEFAULT-VALUE}.")
    int decodeBudget = 2048;

    @Option(names = "--max-prompt-tokens", description = "As compare. Default: ${DEFAULT-VALUE}.")
    int maxPromptTokens = 32_768;

    @Option(names = "--max-model-len", description = "The model's. Default: ${DEFAULT-VALUE}.")
    int maxModelLen = 131_072;

    @Option(
            names = "--num-blocks",
            description = "KV blocks of each engine, as it says at its start. Default: no bound.")
    @Nullable Integer numBlocks;

    @Option(names = "--block-size", description = "As compare. Default: ${DEFAULT-VALUE}.")
    int blockSize = 16;

    @Option(
            names = "--message-ms",
            description = "From router to engine and back, each. Default: ${DEFAULT-VALUE}.")
    double messageMs = 1;

    @Option(
            names = "--transfer-ms",
            description = "A KV transfer's fixed part. Default: ${DEFAULT-VALUE}.")
    double transferMs = 2;

    @Option(
            names = "--transfer-us-per-token",
            description = "And its part a token. Default: ${DEFAULT-VALUE}.")
    double transferUsPerToken = 1;

    @Override
    public Integer call() throws Exception {
        if (!Files.isDirectory(folder.resolve("records"))) {
            throw new UsageException(
                    "DIR: " + folder + " has no records (expected: what compare had as --out)");
        }
        expectEngines();
        StepCost cost = CostProfile.read(profile);
        PrintWriter out = spec.commandLine().getOut();
        PredictionReport.Result result;
        try {
            result =
                    PredictionReport.write(
                            new RecordStore(folder),
                            folder,
                            new Replay(deployment(cost)),
                            about(cost));
        } catch (IllegalArgumentException e) {
            throw new UsageException(folder + ": " + e.getMessage());
        }
        boolean isMet = result.nearShare() >= LEAST_NEAR_SHARE;
        out.printf(
                Locale.ROOT,
                "RESULT predict.points=%d predict.telling=%d predict.within5.share=%.3f"
                        + " aim=>=%.1f %s%n",
                result.points(),
                result.telling(),
                result.nearShare(),
                LEAST_NEAR_SHARE,
                isMet ? "met" : "MISSED");
        out.println("report: " + result.report());
        return isMet ? 0 : 1;
    }

    private void expectEngines() throws UsageException {
        for (String spec : replicaSpec) {
            EnginePlan.replica(spec);
        }
        if (replicaSpec.size() < 2) {
            throw new UsageException(
                    "--replica-spec: "
                            + replicaSpec
                            + " (expected: at least two engines, one for prefills)");
        }
        Expect.between("--partition-id", partitionId, 1, replicaSpec.size() - 1);
        EnginePlan.expectBlockSize(blockSize);
        if (numBlocks != null) {
            Expect.between("--num-blocks", numBlocks, 1, 1 << 26);
        }
    }

    private Replay.Deployment deployment(StepCost cost) {
        SystemSpec.Transfer transfer =
                new SystemSpec.Transfer(
                        Math.round(transferMs * NS_PER_MS),
                        transferUsPerToken * NS_PER_US,
                        false,
                        true);
        return new Replay.Deployment(
                partitionId,
                replicaSpec.size() - partitionId,
                new ServedSystem.Engines(
                        maxNumSeqs, maxPromptTokens + maxNumSeqs, prefillBudget, decodeBudget),
                maxModelLen,
                new SystemSpec.Hardware(cost, blocks(), blockSize),
                new SystemSpec.Timing(Math.round(messageMs * NS_PER_MS), transfer, 1, 0));
    }

    /** Without a bound: enough for the longest sequence in every slot. */
    private int blocks() {
        return numBlocks == null
                ? Math.toIntExact((long) maxNumSeqs * maxModelLen / blockSize)
                : numBlocks;
    }

    private List<String> about(StepCost cost) {
        return List.of(
                format(
                        "steps: a %.3g + a_pf %.3g + c_pf %.3g max(0, x - %.0f) + c_attn %.3g x"
                                + " (done + x/2) + c0 %.3g B + c1 %.3g tokens, seconds",
                        cost.getA(),
                        cost.getAPf(),
                        cost.getCPf(),
                        cost.getXFree(),
                        cost.getCAttn(),
                        cost.getC0(),
                        cost.getC1()),
                format(
                        "engines: %d prefill, %d decode; %d sequences; budgets %d and %d tokens",
                        partitionId,
                        replicaSpec.size() - partitionId,
                        maxNumSeqs,
                        prefillBudget,
                        decodeBudget),
                numBlocks == null
                        ? "KV pool: taken to be without bound"
                        : format("KV pool: %d blocks of %d tokens", numBlocks, blockSize),
                format(
                        "messages %.3g ms; KV transfers %.3g ms and %.3g us a token, beside the"
                                + " decodes, blocks reserved when the prefill starts",
                        messageMs, transferMs, transferUsPerToken));
    }

    private static String format(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
