package dev.tropical.kafka;

import dev.tropical.protocol.Topics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Creates the topics. */
public final class TopicAdmin {
    /** Partitions of requests, completions, dead letters and retries unless told otherwise. */
    public static final int DEFAULT_PARTITIONS = 12;

    private static final Duration RETENTION = Duration.ofDays(7);
    private static final long RETRY_MS = 20;

    private TopicAdmin() {}

    /**
     * Creates those topics that do not exist yet, and waits until the cluster knows them. Existing
     * ones are left as they are.
     *
     * @throws IllegalStateException naming the topic and the cause, also after the timeout
     */
    public static void createTopics(KafkaSettings settings, int partitions, Duration timeout) {
        if (partitions < 1) {
            throw new IllegalArgumentException("partitions: " + partitions + " (expected: >= 1)");
        }
        long deadline = System.nanoTime() + timeout.toNanos();
        List<NewTopic> topics = describe(settings.topics(), partitions);
        try (Admin admin = Admin.create(settings.clientProperties())) {
            CreateTopicsOptions options =
                    new CreateTopicsOptions().timeoutMs((int) timeout.toMillis());
            Map<String, KafkaFuture<Void>> created = admin.createTopics(topics, options).values();
            for (Map.Entry<String, KafkaFuture<Void>> one : created.entrySet()) {
                await(one.getKey(), one.getValue(), deadline, TopicExistsException.class);
            }
            for (String topic : created.keySet()) {
                awaitKnown(admin, topic, deadline);
            }
        }
    }

    private static List<NewTopic> describe(Topics names, int partitions) {
        Map<String, String> log =
                Map.of(
                        "retention.ms", Long.toString(RETENTION.toMillis()),
                        "max.message.bytes", Integer.toString(KafkaSettings.MAX_RECORD_BYTES));
        // Queueing time counts from the broker's clock, which no client can set.
        Map<String, String> requests = new HashMap<>(log);
        requests.put("message.timestamp.type", "LogAppendTime");
        // Short segments: only closed ones are compacted, and readers start from the beginning.
        Map<String, String> compacted =
                Map.of(
                        "cleanup.policy", "compact",
                        "segment.ms", Long.toString(Duration.ofMinutes(10).toMillis()),
                        "min.cleanable.dirty.ratio", "0.1");
        List<NewTopic> topics = new ArrayList<>();
        topics.add(topic(names.requests(), partitions, requests));
        for (String name : List.of(names.completions(), names.deadLetters(), names.retries())) {
            topics.add(topic(name, partitions, log));
        }
        for (String name : List.of(names.engines(), names.cells())) {
            topics.add(topic(name, 1, compacted));
        }
        return topics;
    }

    // No replication factor: the cluster's default holds.
    private static NewTopic topic(String name, int partitions, Map<String, String> configs) {
        return new NewTopic(name, Optional.of(partitions), Optional.empty()).configs(configs);
    }

    // createTopics returns when the controller has decided; the broker may learn of it later.
    private static void awaitKnown(Admin admin, String topic, long deadline) {
        while (!await(
                topic,
                admin.describeTopics(List.of(topic)).allTopicNames(),
                deadline,
                UnknownTopicOrPartitionException.class)) {
            pause(topic);
        }
    }

    /** Whether it succeeded; false when it failed as {@code tolerated}. */
    private static boolean await(
            String topic,
            KafkaFuture<?> future,
            long deadline,
            Class<? extends Exception> tolerated) {
        try {
            future.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
            return true;
        } catch (ExecutionException e) {
            if (tolerated.isInstance(e.getCause())) {
                return false;
            }
            throw new IllegalStateException(
                    "topic " + topic + " could not be created: " + e.getCause(), e.getCause());
        } catch (TimeoutException e) {
            throw new IllegalStateException("topic " + topic + " was not created in time", e);
        } catch (InterruptedException e) {
            throw interrupted(topic, e);
        }
    }

    private static void pause(String topic) {
        try {
            Thread.sleep(RETRY_MS);
        } catch (InterruptedException e) {
            throw interrupted(topic, e);
        }
    }

    private static IllegalStateException interrupted(String topic, InterruptedException e) {
        Thread.currentThread().interrupt();
        return new IllegalStateException("interrupted while creating topic " + topic, e);
    }
}
