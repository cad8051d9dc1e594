package dev.tropical.cli;

import dev.tropical.kafka.KafkaSettings;
import dev.tropical.launch.EngineFleet;
import dev.tropical.launch.EngineSpec;
import dev.tropical.protocol.wire.Role;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** One engine on this machine, which registers itself and is started again when it dies. */
@Command(
        name = "engine",
        description =
                "Start one engine, which registers itself; Ctrl-C ends it and takes it out of the"
                        + " registry.")
final class EngineCommand implements Callable<Integer> {
    @Mixin KafkaOption kafka;
    @Mixin KeysOption keys;
    @Spec CommandSpec spec;

    @Option(names = "--role", required = true, description = "prefill or decode.")
    String role = "";

    @Option(
            names = "--engine-id",
            description = "Unique among the system's engines. Default: role and a random number.")
    @Nullable String engineId;

    @Option(names = "--cell", description = "The cell that it joins. Default: ${DEFAULT-VALUE}.")
    int cell;

    @Option(
            names = "--model",
            paramLabel = "DIR",
            description =
                    "Hugging Face model folder. Default: the small model that comes with the"
                            + " project.")
    @Nullable Path model;

    @Option(
            names = "--host",
            description =
                    "The address that the engine binds, and by which the job and its peers reach"
                            + " it. Default: ${DEFAULT-VALUE}.")
    String host = "127.0.0.1";

    @Option(
            names = "--kv-host",
            paramLabel = "ADDRESS",
            description =
                    "Move KV caches in clear text, between this address and those of the engines"
                            + " that were given one too. Only for a network that nobody else is"
                            + " on. Default: with the commands, encrypted where there are keys.")
    @Nullable String kvHost;

    @Parameters(
            paramLabel = "OPTION",
            description =
                    "After --: further options of the engine, such as --device cuda or --num-blocks"
                            + " 4096.")
    List<String> engineOptions = List.of();

    @Override
    public Integer call() throws Exception {
        Expect.oneOf("--role", role, "prefill", "decode");
        Expect.between("--cell", cell, 0, 127);
        Path folder = ServerPlan.modelFolder(model);
        String id =
                engineId == null
                        ? role + "-" + UUID.randomUUID().toString().substring(0, 8)
                        : engineId;
        List<String> arguments = new ArrayList<>(List.of("--host", host));
        Path keyFolder = keys.folder();
        if (keyFolder != null) {
            Collections.addAll(arguments, "--keys", keyFolder.toString());
        }
        if (kvHost != null) {
            Collections.addAll(arguments, "--kv-host", kvHost);
        }
        arguments.addAll(engineOptions);
        EngineSpec engine =
                new EngineSpec(
                        id,
                        Role.valueOf(role.toUpperCase(Locale.ROOT)),
                        cell,
                        folder,
                        EnginePlan.heapBytes(folder),
                        arguments);
        KafkaSettings settings = kafka.settings();
        PrintWriter out = spec.commandLine().getOut();
        return UntilStopped.run("engine", out, () -> start(engine, settings, out));
    }

    private static AutoCloseable start(EngineSpec engine, KafkaSettings kafka, PrintWriter out)
            throws Exception {
        EngineFleet fleet = EngineFleet.start(List.of(engine), WorkFolder.logs());
        try {
            fleet.registerWhenReady(kafka);
        } catch (Exception e) {
            fleet.close();
            throw e;
        }
        out.printf(
                "engine %s serves as %s; log in %s%n",
                engine.engineId(),
                engine.role().name().toLowerCase(Locale.ROOT),
                WorkFolder.logs());
        return () -> {
            fleet.unregisterAll();
            fleet.close();
        };
    }
}
