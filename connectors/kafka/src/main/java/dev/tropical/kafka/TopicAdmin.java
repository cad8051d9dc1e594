package dev.tropical.kafka;

import java.time.Duration;

/** Creates the topics. */
@SuppressWarnings("DoNotCallSuggester")
public final class TopicAdmin {
    /** Partitions of requests, completions and retries unless told otherwise. */
    public static final int DEFAULT_PARTITIONS = 12;

    private TopicAdmin() {}

    /**
     * Creates those topics that do not exist yet, and waits until the cluster knows them.
     *
     * @throws IllegalStateException naming the topic and the cause, also after the timeout
     */
    public static void createTopics(KafkaSettings settings, int partitions, Duration timeout) {
        throw new UnsupportedOperationException("createTopics");
    }
}
