package dev.tropical.cli;

import dev.tropical.launch.EngineSpec;
import dev.tropical.launch.LocalSystem;
import dev.tropical.launch.SystemConfig;
import dev.tropical.protocol.wire.Role;
import java.io.PrintWriter;

/** Tells where the parts of a running system are. */
final class Addresses {
    private Addresses() {}

    static void print(PrintWriter out, SystemConfig config, LocalSystem system) throws Exception {
        long prefills =
                config.engines().stream()
                        .map(EngineSpec::role)
                        .filter(role -> role == Role.PREFILL)
                        .count();
        out.printf("model        %s (%s)%n", config.job().servedModelName(), config.job().model());
        out.printf("mode         %s%n", config.job().mode());
        out.printf(
                "engines      %d prefill, %d decode; logs in %s%n",
                prefills, config.engines().size() - prefills, config.logDir());
        if (system.gatewayUrl() != null) {
            out.printf("gateway      %s%n", system.gatewayUrl());
        }
        out.printf("kafka        %s%n", system.kafka().bootstrapServers());
        out.printf("requests     %s%n", config.topics().requests());
        out.printf("completions  %s%n", config.topics().completions());
        out.printf("flink        %s%n", system.flink().address());
    }
}
