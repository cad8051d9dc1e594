package dev.tropical.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How the job routes requests. */
final class RoutingOptions {
    @Option(
            names = "--mode",
            description =
                    "How requests are routed: vllm, distserve or tropical. Default:"
                            + " ${DEFAULT-VALUE}.")
    String mode = "distserve";

    @Option(
            names = "--profile",
            paramLabel = "FILE",
            description =
                    "What the engines' steps cost, as tropical profile writes it. Default: in mode"
                            + " tropical each engine measures itself for two seconds before"
                            + " it serves.")
    @Nullable Path profile;

    @Option(
            names = "--p-admission",
            description =
                    "Mode tropical: when a running prefill engine takes another prompt. by-end: its"
                            + " first token will be in time; strict: and no other will be late."
                            + " Default: ${DEFAULT-VALUE}.")
    String prefillAdmission = "by-end";

    @Option(
            names = "--queue-timeout",
            paramLabel = "SECONDS",
            description =
                    "Mode tropical: a request that no engine takes is rejected after so long, or"
                            + " twice its TTFT objective if that is longer. Default:"
                            + " ${DEFAULT-VALUE}.")
    int queueTimeoutSeconds = 10;

    @Option(
            names = "--cells",
            description =
                    "Groups of engines, each with a queue of its own; engine n of a role joins cell"
                            + " n mod CELLS. Default: ${DEFAULT-VALUE}.")
    int cells = 1;

    @Option(
            names = "-D",
            paramLabel = "KEY=VALUE",
            description = "A further key of the job's configuration, tropical.…; may be repeated.")
    Map<String, String> jobOptions = new LinkedHashMap<>();
}
