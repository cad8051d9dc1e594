package dev.tropical.protocol;

import java.io.Serializable;

/** The topics' names under one prefix, by default {@code inference}. */
public record Topics(String prefix) implements Serializable {
    public static final Topics DEFAULT = new Topics("inference");

    public Topics {
        if (!prefix.matches("[A-Za-z0-9._-]{1,100}")) {
            throw new IllegalArgumentException(
                    "topic prefix: '" + prefix + "' (expected: 1 to 100 of A-Z a-z 0-9 . _ -)");
        }
    }

    /** Clients' requests and cancellations. */
    public String requests() {
        return prefix + ".requests";
    }

    /** Copies of invalid input, with the reason in headers. */
    public String deadLetters() {
        return prefix + ".requests.dlq";
    }

    /** Chunks, finishes and endings, keyed by request id. */
    public String completions() {
        return prefix + ".completions";
    }

    /** Requests that lost their engine, protobuf {@code Retry}. */
    public String retries() {
        return prefix + ".retries";
    }

    /** Compacted: one protobuf {@code EngineInfo} an engine. */
    public String engines() {
        return prefix + ".engines";
    }

    /** Compacted: each cell's queue depth and whether its gate is open, JSON. */
    public String cells() {
        return prefix + ".cells";
    }
}
