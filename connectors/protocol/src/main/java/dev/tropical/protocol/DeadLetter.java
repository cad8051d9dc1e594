package dev.tropical.protocol;

import java.util.Objects;

/**
 * Invalid input, as it goes to the dead-letter topic.
 *
 * @param id the request's id
 * @param body the whole body; the sink keeps its first 64 KiB and its SHA-256
 * @param code an {@link ErrorCode}'s word
 * @param message what was wrong and what was expected
 * @param origin {@code topic-partition@offset}
 */
public record DeadLetter(String id, byte[] body, String code, String message, String origin) {
    public DeadLetter {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(body, "body");
        Objects.requireNonNull(code, "code");
        Objects.requireNonNull(message, "message");
        Objects.requireNonNull(origin, "origin");
    }
}
