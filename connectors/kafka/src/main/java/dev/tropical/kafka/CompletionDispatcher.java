package dev.tropical.kafka;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that owns the consumer and all followers. A new follower's partition is read from the
 * end that it has before the request is produced, so that nothing of the answer can be missed.
 */
final class CompletionDispatcher implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(CompletionDispatcher.class);

    /** A deadline is noticed at most this much late. */
    private static final Duration POLL = Duration.ofMillis(50);

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final String topic;
    private final int partitions;
    private final Consumer<Follower> produce;

    private final BlockingQueue<Runnable> mails = new LinkedBlockingQueue<>();
    private final AtomicBoolean isPolling = new AtomicBoolean();
    private final List<Follower> opening = new ArrayList<>();
    private final Map<String, Follower> followers = new HashMap<>();
    private Set<TopicPartition> assigned = Set.of();
    private volatile boolean isEnding;
    private volatile @Nullable RuntimeException failure;

    /**
     * Waits for the topic's description, at most 30 s.
     *
     * @param produce sends a follower's request once its answer cannot be missed any more
     */
    CompletionDispatcher(
            KafkaSettings settings, boolean isReadCommitted, Consumer<Follower> produce) {
        this.topic = settings.topics().completions();
        this.produce = produce;
        this.consumer = new KafkaConsumer<>(consumerProperties(settings, isReadCommitted));
        try {
            this.partitions = consumer.partitionsFor(topic).size();
            if (partitions == 0) {
                throw new IllegalStateException("it does not exist");
            }
        } catch (RuntimeException e) {
            consumer.close(CloseOptions.timeout(Duration.ofSeconds(1)));
            throw new IllegalStateException(
                    "topic " + topic + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static Properties consumerProperties(KafkaSettings settings, boolean isReadCommitted) {
        Properties properties = settings.clientProperties();
        properties.setProperty("enable.auto.commit", "false");
        properties.setProperty("auto.offset.reset", "earliest");
        properties.setProperty("allow.auto.create.topics", "false");
        properties.setProperty("default.api.timeout.ms", "30000");
        properties.setProperty(
                "isolation.level", isReadCommitted ? "read_committed" : "read_uncommitted");
        properties.setProperty("key.deserializer", ByteArrayDeserializer.class.getName());
        properties.setProperty("value.deserializer", ByteArrayDeserializer.class.getName());
        return properties;
    }

    // ---- from any thread

    /**
     * @throws IllegalStateException when this has ended
     */
    void follow(Follower follower) {
        checkAlive();
        post(new Follow(follower));
    }

    void checkAlive() {
        if (isEnding) {
            throw new IllegalStateException("the completion stream has ended", failure);
        }
    }

    /** Runs an action on the dispatcher's thread, after the followers that came before it. */
    void post(Runnable action) {
        mails.add(action);
        // One wake-up a wait at most: more would keep the consumer from ever returning records.
        if (isPolling.compareAndSet(true, false)) {
            consumer.wakeup();
        }
    }

    /** Forgets a follower without a word to it. */
    void forget(Follower follower) {
        post(() -> followers.remove(follower.id, follower));
    }

    void end() {
        isEnding = true;
        consumer.wakeup();
    }

    private record Follow(Follower follower) implements Runnable {
        @Override
        public void run() {
            throw new IllegalStateException("opened in batches");
        }
    }

    // ---- on the dispatcher's thread

    @Override
    public void run() {
        try {
            while (!isEnding) {
                turn();
            }
        } catch (RuntimeException e) {
            LOG.error("completions cannot be followed any more", e);
            failure = e;
            isEnding = true;
        } finally {
            failAll(new IllegalStateException("the completion stream has ended", failure));
            consumer.close(CloseOptions.timeout(Duration.ofSeconds(1)));
        }
    }

    private void turn() {
        try {
            if (followers.isEmpty() && opening.isEmpty()) {
                waitForMail();
            }
            runMails();
            openFollowers();
            if (!followers.isEmpty()) {
                poll().forEach(this::dispatch);
            }
        } catch (WakeupException e) {
            LOG.trace("woken up by a mail");
        } catch (RetriableException e) {
            LOG.warn("reading {} is delayed, trying again: {}", topic, e.toString());
        }
        expire(System.nanoTime());
    }

    private void waitForMail() {
        try {
            Runnable first = mails.poll(POLL.toMillis(), TimeUnit.MILLISECONDS);
            if (first instanceof Follow next) {
                opening.add(next.follower());
            } else if (first != null) {
                first.run();
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException("the dispatcher's thread was interrupted", e);
        }
    }

    // Followers are opened together, for each opening asks the broker, but before any other mail
    // that came after them: it may be a cancel of theirs. A mail stays until it can run.
    private void runMails() {
        Runnable next;
        while ((next = mails.peek()) != null) {
            if (next instanceof Follow follow) {
                opening.add(follow.follower());
                mails.remove();
            } else {
                openFollowers();
                mails.remove();
                next.run();
            }
        }
    }

    private ConsumerRecords<byte[], byte[]> poll() {
        isPolling.set(true);
        try {
            return consumer.poll(mails.isEmpty() ? POLL : Duration.ZERO);
        } finally {
            isPolling.set(false);
        }
    }

    // If the broker does not answer, the same is tried again before anything is read.
    private void openFollowers() {
        if (opening.isEmpty()) {
            return;
        }
        if (followers.isEmpty()) {
            assigned = Set.of(); // nothing was read meanwhile: the positions are old
        }
        Set<TopicPartition> asked = new HashSet<>();
        opening.forEach(follower -> asked.add(partitionOf(follower)));
        Set<TopicPartition> wanted = new HashSet<>(asked);
        followers.values().forEach(follower -> wanted.add(partitionOf(follower)));
        consumer.assign(wanted);
        Map<TopicPartition, Long> ends = consumer.endOffsets(asked);
        // Partitions that stay assigned keep their position.
        asked.removeAll(assigned);
        asked.forEach(partition -> consumer.seek(partition, ends.getOrDefault(partition, 0L)));
        assigned = wanted;
        for (Follower follower : opening) {
            open(follower, ends.getOrDefault(partitionOf(follower), 0L));
        }
        opening.clear();
    }

    private void open(Follower follower, long end) {
        if (followers.containsKey(follower.id)) {
            follower.fail(
                    new IllegalStateException(
                            "request id '" + follower.id + "' is followed here already"));
            return;
        }
        followers.put(follower.id, follower);
        follower.startAt(end);
        try {
            produce.accept(follower);
        } catch (RuntimeException e) {
            fail(follower, e);
        }
    }

    private TopicPartition partitionOf(Follower follower) {
        int hash = Utils.toPositive(Utils.murmur2(Records.utf8(follower.id)));
        return new TopicPartition(topic, hash % partitions);
    }

    private void dispatch(ConsumerRecord<byte[], byte[]> record) {
        String id = Records.text(record.key());
        Follower follower = id == null ? null : followers.get(id);
        if (follower != null) {
            follower.accept(record);
            if (follower.isDone()) {
                followers.remove(id);
            }
        }
    }

    void fail(Follower follower, RuntimeException cause) {
        if (followers.remove(follower.id, follower)) {
            follower.fail(cause);
        }
    }

    private void expire(long nowNs) {
        followers.values().removeIf(follower -> isExpired(follower, nowNs));
        opening.removeIf(follower -> isExpired(follower, nowNs));
    }

    private static boolean isExpired(Follower follower, long nowNs) {
        if (nowNs - follower.deadlineNs < 0) {
            return false;
        }
        follower.fail(
                new CompletionTimeoutException(
                        "request " + follower.id + " has not ended by the deadline"));
        return true;
    }

    private void failAll(RuntimeException cause) {
        Runnable next;
        while ((next = mails.poll()) != null) {
            if (next instanceof Follow follow) {
                opening.add(follow.follower());
            }
        }
        opening.forEach(follower -> follower.fail(cause));
        followers.values().forEach(follower -> follower.fail(cause));
    }
}
