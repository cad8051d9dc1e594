package dev.tropical.cli;

import dev.tropical.protocol.CostProfile;
import dev.tropical.protocol.wire.StepCost;
import dev.tropical.simulator.compose.ComposedCost;
import dev.tropical.simulator.compose.ModelShape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What steps cost in a simulation: a profile, or a model on a GPU by measured operators. */
final class CostOptions {
    @Option(
            names = "--profile",
            paramLabel = "FILE",
            description =
                    "Cost model of every step, and of the unloaded prefill that TTFT objectives are"
                            + " multiples of; JSON, as tropical profile writes it. Default: the"
                            + " paper's A100.")
    @Nullable Path profile;

    @Option(
            names = "--model",
            paramLabel = "NAME|FILE",
            description =
                    "Add the cost up from measured operators instead, for this model:"
                            + " internlm2.5-20b, llama-2-70b, llama-3-8b, or a config.json.")
    @Nullable String model;

    @Option(
            names = "--tables",
            paramLabel = "DIR",
            description =
                    "With --model: measured operators, aiconfigurator's <gpu>.<operator>.csv,"
                            + " gzipped or not, and <gpu>.yaml.")
    @Nullable Path tables;

    @Option(
            names = "--gpu",
            description = "With --model: which of the tables' GPUs. Default: ${DEFAULT-VALUE}.")
    String gpu = "a100_sxm";

    @Option(
            names = "--tp",
            description = "With --model: GPUs of one engine. Default: ${DEFAULT-VALUE}.")
    int tp = 1;

    @Option(
            names = "--save-profile",
            paramLabel = "FILE",
            description = "Write the cost model as JSON, for --profile here and elsewhere.")
    @Nullable Path saved;

    /**
     * The cost model.
     *
     * @param otherwise when none is asked for
     */
    StepCost read(StepCost otherwise) throws UsageException, IOException {
        StepCost cost = chosen(otherwise);
        if (saved != null) {
            String about = model == null ? "paper" : model + " on " + gpu + ", tp " + tp;
            Files.writeString(saved, CostProfile.toJson(cost, Map.of("cost", about)));
        }
        return cost;
    }

    private StepCost chosen(StepCost otherwise) throws UsageException, IOException {
        if (model == null) {
            return profile == null ? otherwise : CostProfile.read(profile);
        }
        if (profile != null || tables == null) {
            throw new UsageException("--model: (expected: --tables beside it, and no --profile)");
        }
        try {
            return ComposedCost.read(tables, gpu, ModelShape.of(model), tp).toStepCost();
        } catch (IllegalArgumentException e) {
            throw new UsageException("--" + e.getMessage());
        }
    }
}
