package dev.tropical.openai;

import java.time.Duration;

/**
 * What bounds the gateway's memory and waits.
 *
 * @param requestDeadline from a request's arrival to its ending; then it is cancelled
 * @param maxBodyBytes largest request body; admission has a limit of its own
 * @param maxQueuedEvents events of one request that wait for a slow client; at the bound the
 *     request is cancelled
 * @param maxRunningRequests requests at a time; one more is answered with 429
 */
public record GatewayLimits(
        Duration requestDeadline, int maxBodyBytes, int maxQueuedEvents, int maxRunningRequests) {

    /**
     * 10 minutes: 4,096 tokens at a slow reader's 10 tokens/s, and some queueing. 8 MiB:
     * admission's limit. 1,024 events: 20 s at 50 tokens/s beyond what the socket's buffers hold;
     * with 20 alternatives a token about 2 MiB. 8,192 requests: a queue takes a few KiB each when
     * clients keep up.
     */
    public static final GatewayLimits DEFAULT =
            new GatewayLimits(Duration.ofMinutes(10), 8 * 1024 * 1024, 1024, 8192);

    public GatewayLimits {
        if (requestDeadline.isNegative() || requestDeadline.isZero()) {
            throw new IllegalArgumentException(
                    "requestDeadline: " + requestDeadline + " (expected: > 0)");
        }
        requirePositive("maxBodyBytes", maxBodyBytes);
        requirePositive("maxQueuedEvents", maxQueuedEvents);
        requirePositive("maxRunningRequests", maxRunningRequests);
    }

    private static void requirePositive(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: >= 1)");
        }
    }
}
