package dev.tropical.kafka;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Properties;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/** What the topics' records have in common: text as UTF-8, and how they are produced. */
final class Records {
    private static final Duration TOPIC_KNOWN = Duration.ofDays(3650);

    /** The request id's header; CloudEvents' name for it. */
    static final String ID_HEADER = "ce_id";

    private Records() {}

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** The last header of that name, or null when there is none or it is empty. */
    static @Nullable String header(Headers headers, String name) {
        Header header = headers.lastHeader(name);
        return header == null ? null : text(header.value());
    }

    /** UTF-8 text, or null when there is none or it is empty. */
    static @Nullable String text(byte @Nullable [] bytes) {
        return bytes == null || bytes.length == 0
                ? null
                : new String(bytes, StandardCharsets.UTF_8);
    }

    /**
     * Sent at once: Kafka's default would hold a token for up to 5 ms to fill a batch. acks and
     * idempotence stay at their safe defaults.
     */
    static Properties producerProperties(KafkaSettings settings) {
        Properties properties = settings.clientProperties();
        properties.setProperty("linger.ms", "0");
        // Whoever sends must not wait, while there is no broker, for a topic that was not used for
        // a while, or that was forgotten with all brokers: they come back where they were.
        properties.setProperty("metadata.recovery.strategy", "none");
        properties.setProperty("metadata.max.idle.ms", Long.toString(TOPIC_KNOWN.toMillis()));
        properties.setProperty(
                "max.request.size", Integer.toString(KafkaSettings.MAX_RECORD_BYTES));
        return properties;
    }
}
