package dev.tropical.openai;

import dev.tropical.kafka.KafkaSettings;
import java.util.Objects;

/**
 * How the gateway listens and what it serves.
 *
 * @param host address to bind
 * @param port to bind; 0 takes a free one
 * @param model name that {@code /v1/models} lists, and that answers to requests without one carry
 * @param kafka where requests go and completions come from
 * @param isReadCommitted whether the job delivers exactly once, so that only committed records
 *     count
 * @param limits bounds of memory and time
 * @param security who may call
 */
public record GatewayOptions(
        String host,
        int port,
        String model,
        KafkaSettings kafka,
        boolean isReadCommitted,
        GatewayLimits limits,
        GatewaySecurity security) {

    public GatewayOptions {
        Objects.requireNonNull(kafka, "kafka");
        Objects.requireNonNull(limits, "limits");
        Objects.requireNonNull(security, "security");
        if (host.isBlank()) {
            throw new IllegalArgumentException("host: '' (expected: an address or a name)");
        }
        if (model.isBlank()) {
            throw new IllegalArgumentException("model: '' (expected: the served model's name)");
        }
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("port: " + port + " (expected: 0 to 65535)");
        }
    }

    /** Everything else at its default. */
    public static GatewayOptions of(String host, int port, String model, KafkaSettings kafka) {
        return new GatewayOptions(
                host, port, model, kafka, false, GatewayLimits.DEFAULT, GatewaySecurity.OFF);
    }
}
