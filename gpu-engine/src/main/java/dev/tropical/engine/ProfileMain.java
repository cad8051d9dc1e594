package dev.tropical.engine;

import dev.tropical.engine.model.ModelLoadException;
import dev.tropical.engine.model.ModelRunner;
import dev.tropical.engine.profile.StepProfile;
import dev.tropical.engine.profile.StepProfiler;
import dev.tropical.protocol.CostProfile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Measures what an engine's steps cost and writes the profile that {@code --cost-profile}, the
 * router and the simulator read. Takes the engine's own options, since the batch and the device
 * decide.
 */
@Command(
        name = "profile",
        sortOptions = false,
        description = "Measure what an engine's steps cost and write it as JSON.")
public final class ProfileMain implements Callable<Integer> {
    @Option(names = "--out", paramLabel = "FILE", description = "Default: standard output.")
    private @Nullable Path out;

    @Option(
            names = "--points",
            paramLabel = "FILE",
            description = "Also write each measured step there, as CSV.")
    private @Nullable Path points;

    @Option(
            names = "--seconds",
            defaultValue = "20",
            description = "How long to measure. Default: ${DEFAULT-VALUE}.")
    private int seconds;

    @Mixin private final EngineCommandLine engine = new EngineCommandLine();

    private ProfileMain() {}

    public static void main(String[] args) {
        CommandLine command =
                new CommandLine(new ProfileMain()).setCaseInsensitiveEnumValuesAllowed(true);
        command.setExecutionExceptionHandler(ProfileMain::explain);
        System.exit(command.execute(args));
    }

    private static int explain(
            Exception failure, CommandLine command, CommandLine.ParseResult parsed) {
        command.getErr().println("tropical profile: " + failure.getMessage());
        return failure instanceof IllegalArgumentException
                ? EngineMain.BAD_OPTIONS
                : EngineMain.FAILED;
    }

    @Override
    public Integer call() throws ModelLoadException, InterruptedException, IOException {
        if (seconds < 1) {
            throw new IllegalArgumentException("--seconds: " + seconds + " (expected: >= 1)");
        }
        EngineOptions options = engine.toOptions();
        StepProfile profile;
        try (ModelRunner runner = Runners.load(options)) {
            profile =
                    StepProfiler.measure(
                            runner, Duration.ofSeconds(seconds), System::nanoTime, () -> false);
        }
        System.err.println("measured " + profile);
        if (points != null) {
            Files.writeString(points, profile.toCsv());
        }
        String json = CostProfile.toJson(profile.cost(), about(options, profile));
        if (out == null) {
            System.out.println(json);
        } else {
            Files.writeString(out, json + System.lineSeparator());
        }
        return EngineMain.OK;
    }

    private static Map<String, String> about(EngineOptions options, StepProfile profile) {
        Map<String, String> about = new LinkedHashMap<>();
        about.put("model", options.model().servedName());
        about.put("device", options.model().device().label());
        about.put("measured", profile.toString());
        return about;
    }
}
