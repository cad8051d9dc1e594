package dev.tropical.openai;

import dev.tropical.kafka.KafkaSettings;
import java.time.Duration;
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
 * @param requestDeadline from a request's arrival to its ending; then it is cancelled
 * @param maxBodyBytes largest request body; admission has a limit of its own
 * @param maxQueuedEvents events of one request that wait for a slow client; at the bound the
 *     request is cancelled
 */
public record GatewayOptions(
        String host,
        int port,
        String model,
        KafkaSettings kafka,
        boolean isReadCommitted,
        Duration requestDeadline,
        int maxBodyBytes,
        int maxQueuedEvents) {

    public static final int DEFAULT_PORT = 8012;

    /** 4,096 tokens at a slow reader's 10 tokens/s, and some queueing. */
    public static final Duration DEFAULT_REQUEST_DEADLINE = Duration.ofMinutes(10);

    /** Admission's limit: half of what the topic takes, so that an answer fits too. */
    public static final int DEFAULT_MAX_BODY_BYTES = 8 * 1024 * 1024;

    /**
     * 20 s at 50 tokens/s, beyond what the socket's buffers hold; with 20 alternatives a token
     * about 2 MiB.
     */
    public static final int DEFAULT_MAX_QUEUED_EVENTS = 1024;

    public GatewayOptions {
        Objects.requireNonNull(kafka, "kafka");
        if (host.isBlank()) {
            throw new IllegalArgumentException("host: '' (expected: an address or a name)");
        }
        if (model.isBlank()) {
            throw new IllegalArgumentException("model: '' (expected: the served model's name)");
        }
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("port: " + port + " (expected: 0 to 65535)");
        }
        if (requestDeadline.isNegative() || requestDeadline.isZero()) {
            throw new IllegalArgumentException(
                    "requestDeadline: " + requestDeadline + " (expected: > 0)");
        }
        requirePositive("maxBodyBytes", maxBodyBytes);
        requirePositive("maxQueuedEvents", maxQueuedEvents);
    }

    /** Everything else at its default. */
    public static GatewayOptions of(String host, int port, String model, KafkaSettings kafka) {
        return new GatewayOptions(
                host,
                port,
                model,
                kafka,
                false,
                DEFAULT_REQUEST_DEADLINE,
                DEFAULT_MAX_BODY_BYTES,
                DEFAULT_MAX_QUEUED_EVENTS);
    }

    private static void requirePositive(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: >= 1)");
        }
    }
}
