package dev.tropical.kafka;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
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
 * The thread that owns the consumer and all followers. It reads every partition from the end that
 * it had at the start: a follower is known before its request is produced, so nothing of the answer
 * can be missed. (Assigning partitions as followers come would make each wait for the fetch that
 * the broker holds open for the others, up to half a second.)
 */
final class CompletionDispatcher implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(CompletionDispatcher.class);

    /** A deadline is noticed at most this much late. */
    private static final Duration POLL = Duration.ofMillis(50);

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final String topic;
    private final List<TopicPartition> partitions;
    private final Consumer<Follower> produce;

    private final BlockingQueue<Runnable> mails = new LinkedBlockingQueue<>();
    private final AtomicBoolean isPolling = new AtomicBoolean();
    private final Followers followers = new Followers();
    private final CompletionHistory history;
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
        Properties properties = consumerProperties(settings, isReadCommitted);
        this.history = new CompletionHistory(properties);
        this.consumer = new KafkaConsumer<>(properties);
        try {
            this.partitions = startAtTheEnd();
        } catch (RuntimeException e) {
            Consumers.closeNow(consumer);
            throw new IllegalStateException(
                    "topic " + topic + " cannot be read: " + e.getMessage(), e);
        }
    }

    private List<TopicPartition> startAtTheEnd() {
        int count = consumer.partitionsFor(topic).size();
        if (count == 0) {
            throw new IllegalStateException("it does not exist");
        }
        List<TopicPartition> all = new ArrayList<>();
        for (int partition = 0; partition < count; partition++) {
            all.add(new TopicPartition(topic, partition));
        }
        consumer.assign(all);
        consumer.seekToEnd(all);
        all.forEach(consumer::position); // seeking is lazy: this is the end of now
        return all;
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
        if (isEnding) {
            throw hasEnded();
        }
        if (!tryPost(() -> open(follower))) {
            follower.fail(hasEnded());
        }
    }

    IllegalStateException hasEnded() {
        return new IllegalStateException("the completion stream has ended", failure);
    }

    /**
     * Posts the action.
     *
     * @return false when it will never be run: this has ended
     */
    boolean tryPost(Runnable action) {
        post(action);
        // The thread may have read its last mail before this one came.
        return !(isEnding && mails.remove(action));
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
        post(() -> followers.remove(follower));
    }

    void end() {
        isEnding = true;
        consumer.wakeup();
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
        } finally {
            isEnding = true;
            failAll(hasEnded());
            history.close();
            Consumers.closeNow(consumer);
        }
    }

    private void turn() {
        try {
            runMails();
            poll().forEach(this::dispatch);
        } catch (WakeupException e) {
            LOG.trace("woken up by a mail");
        } catch (RetriableException e) {
            LOG.warn("reading {} is delayed, trying again: {}", topic, e.toString());
        }
        expire(System.nanoTime());
    }

    private void runMails() {
        for (Runnable mail = mails.poll(); mail != null; mail = mails.poll()) {
            mail.run();
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

    private void open(Follower follower) {
        if (isEnding) {
            follower.fail(hasEnded());
            return;
        }
        if (isExpired(follower, System.nanoTime())) {
            return; // while there was no broker to produce the requests before it
        }
        if (follower.repeats == Repeats.TELL && followers.has(follower.id)) {
            follower.fail(
                    new IllegalStateException(
                            "request id '" + follower.id + "' is followed here already"));
            return;
        }
        followers.add(follower);
        TopicPartition partition = partitionOf(follower);
        long start = consumer.position(partition);
        follower.startAt(start, sinceMs -> readHistory(follower, partition, sinceMs, start));
        try {
            produce.accept(follower);
        } catch (RuntimeException e) {
            fail(follower, e);
        }
    }

    private void readHistory(
            Follower follower, TopicPartition partition, long sinceMs, long untilOffset) {
        CompletionHistory.Reader reader =
                new CompletionHistory.Reader() {
                    @Override
                    public void onRead(List<ConsumerRecord<byte[], byte[]>> records) {
                        post(() -> replay(follower, records));
                    }

                    @Override
                    public void onFailure(RuntimeException failure) {
                        post(() -> fail(follower, failure));
                    }
                };
        history.read(partition, follower.id, sinceMs, untilOffset, reader);
    }

    private void replay(Follower follower, List<ConsumerRecord<byte[], byte[]>> records) {
        follower.replay(records);
        if (follower.isDone()) {
            followers.remove(follower);
        }
    }

    private TopicPartition partitionOf(Follower follower) {
        int hash = Utils.toPositive(Utils.murmur2(Records.utf8(follower.id)));
        return partitions.get(hash % partitions.size());
    }

    private void dispatch(ConsumerRecord<byte[], byte[]> record) {
        String id = Records.text(record.key());
        if (id == null || !followers.has(id)) {
            return;
        }
        for (Follower follower : List.copyOf(followers.of(id))) {
            try {
                follower.accept(record);
            } catch (RuntimeException e) {
                // One reader's trouble, or one record's: the others' streams go on.
                fail(follower, e);
            }
        }
        followers.removeDone(id);
    }

    void fail(Follower follower, RuntimeException cause) {
        if (followers.remove(follower)) {
            follower.fail(cause);
        }
    }

    private void expire(long nowNs) {
        followers.removeIf(follower -> isExpired(follower, nowNs));
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
        followers.removeIf(
                follower -> {
                    follower.fail(cause);
                    return true;
                });
        runMails(); // followers that have not been opened yet are told too
    }
}
