package dev.tropical.protocol;

import java.util.Objects;

/**
 * A request as a client produced it: the JSON body, not yet parsed.
 *
 * @param id the idempotency key: {@code ce_id} header, else the record's key, else
 *     topic-partition-offset
 * @param body UTF-8 JSON; never changed after construction
 * @param arrivedAtMs the broker's append time, milliseconds since the epoch
 * @param origin where it came from, for logs and the dead-letter queue: {@code
 *     topic-partition@offset}
 */
public record InferenceRequest(String id, byte[] body, long arrivedAtMs, String origin) {
    /** The longest id that is served, in UTF-8: each of an answer's records carries it twice. */
    public static final int MAX_ID_BYTES = 512;

    public InferenceRequest {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(body, "body");
        Objects.requireNonNull(origin, "origin");
    }
}
