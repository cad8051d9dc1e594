package dev.tropical.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tropical.flink.InferenceConfigOptions;
import dev.tropical.flink.TropicalConfigOptions;
import dev.tropical.launch.Endpoints;
import dev.tropical.launch.EngineClassPath;
import dev.tropical.launch.JobConfig;
import dev.tropical.launch.SystemConfig;
import dev.tropical.protocol.Topics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Turns {@link ServerOptions} into a {@link SystemConfig}, and refuses what cannot be. */
final class ServerPlan {
    private final ServerOptions options;

    ServerPlan(ServerOptions options) {
        this.options = options;
    }

    /** The model that comes with the project. */
    static Path demoModel() {
        return EngineClassPath.home().resolve("deploy").resolve("models").resolve("tropical-tiny");
    }

    /**
     * @param work where topics, checkpoints and logs go unless {@code --data-dir} says otherwise
     * @throws UsageException when an option's value is impossible
     */
    SystemConfig plan(Path work) throws UsageException {
        Expect.oneOf("--device", options.device, "cpu", "cuda", "paced", "clock");
        Expect.oneOf("--load-format", options.loadFormat, "auto", "dummy");
        if (options.port != Endpoints.NONE) {
            Expect.port("--port", options.port);
        }
        Expect.port("--kafka-port", options.kafkaPort);
        Expect.port("--ui-port", options.uiPort);
        JobConfig job = planJob();
        Path data =
                options.dataDir == null
                        ? work.resolve("data")
                        : options.dataDir.toAbsolutePath().normalize();
        return new SystemConfig(
                Topics.DEFAULT,
                job,
                new EnginePlan(options).engines(job.model()),
                new Endpoints(
                        options.host,
                        options.port,
                        options.kafkaPort,
                        options.uiPort,
                        options.kafka,
                        options.kafkaClient.all(),
                        options.security.plan()),
                data,
                WorkFolder.logs());
    }

    /**
     * The job's part, for engines that run elsewhere.
     *
     * @throws UsageException when an option's value is impossible
     */
    JobConfig planJob() throws UsageException {
        Expect.oneOf("--mode", options.routing.mode, "vllm", "distserve", "tropical");
        Expect.oneOf("--delivery", options.served.delivery, "at-least-once", "exactly-once");
        Expect.between("--parallelism", options.parallelism, 1, 128);
        Path model = modelFolder(options.served.folder);
        return new JobConfig(
                model,
                options.served.name == null
                        ? String.valueOf(model.getFileName())
                        : options.served.name,
                options.routing.mode,
                options.served.delivery,
                options.maxModelLen,
                jobOptions(),
                options.parallelism);
    }

    /**
     * @param wanted null for the model that comes with the project
     */
    static Path modelFolder(@Nullable Path wanted) throws UsageException {
        Path model = (wanted == null ? demoModel() : wanted).toAbsolutePath().normalize();
        if (!Files.isRegularFile(model.resolve("config.json"))) {
            throw new UsageException(
                    "--model: "
                            + model
                            + " has no config.json (expected: a Hugging Face model folder)");
        }
        return model;
    }

    /** Keys of the job's configuration; those that are given with -D win. */
    private Map<String, String> jobOptions() throws UsageException {
        RoutingOptions routing = options.routing;
        Expect.oneOf("--p-admission", routing.prefillAdmission, "by-end", "strict");
        Expect.between("--queue-timeout", routing.queueTimeoutSeconds, 0, 86_400);
        Map<String, String> keys = new LinkedHashMap<>();
        keys.put(InferenceConfigOptions.CELLS.key(), Integer.toString(routing.cells));
        keys.put(
                InferenceConfigOptions.QUEUE_TIMEOUT_FLOOR.key(),
                routing.queueTimeoutSeconds + " s");
        keys.put(TropicalConfigOptions.PREFILL_ADMISSION.key(), routing.prefillAdmission);
        if (routing.profile != null) {
            if (!Files.isRegularFile(routing.profile)) {
                throw new UsageException(
                        "--profile: "
                                + routing.profile
                                + " (expected: a file that tropical profile wrote)");
            }
            keys.put(
                    TropicalConfigOptions.COST_PROFILE.key(),
                    routing.profile.toAbsolutePath().toString());
        }
        Path keyFolder = options.keys.folder();
        if (keyFolder != null) {
            keys.put(InferenceConfigOptions.KEYS.key(), keyFolder.toString());
        }
        keys.putAll(routing.jobOptions);
        return keys;
    }

    /**
     * The number of logits of a model folder.
     *
     * @throws UsageException when config.json does not say
     */
    static int vocabSize(Path model) throws UsageException {
        try {
            int vocabSize =
                    new ObjectMapper()
                            .readTree(model.resolve("config.json").toFile())
                            .path("vocab_size")
                            .asInt();
            if (vocabSize < 1) {
                throw new UsageException(
                        model
                                + ": vocab_size "
                                + vocabSize
                                + " in config.json (expected: positive)");
            }
            return vocabSize;
        } catch (IOException e) {
            throw new UsageException(model + ": config.json cannot be read: " + e.getMessage());
        }
    }
}
