package dev.tropical.kafka;

import dev.tropical.protocol.BodyHash;
import dev.tropical.protocol.RequestOp;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A client: produces requests and follows their completions. Any number of requests at a time share
 * one producer and one consumer, which belong to a dispatcher thread that {@link #open} starts and
 * {@link #close} ends. All methods are for any thread.
 *
 * <p>The completions topic must keep its number of partitions while a stream is open: a request's
 * records are found by the hash of its id.
 */
public final class CompletionStream implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CompletionStream.class);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

    private final KafkaProducer<byte[], byte[]> producer;
    private final String requestTopic;
    private final CompletionDispatcher dispatcher;
    private final Thread thread;

    private CompletionStream(KafkaSettings settings, boolean isReadCommitted) {
        requestTopic = settings.topics().requests();
        producer = new KafkaProducer<>(producerProperties(settings));
        try {
            dispatcher = new CompletionDispatcher(settings, isReadCommitted, this::produce);
        } catch (RuntimeException e) {
            producer.close(Duration.ZERO);
            throw e;
        }
        thread = new Thread(dispatcher, "completion-stream");
        thread.setDaemon(true);
    }

    private static Properties producerProperties(KafkaSettings settings) {
        Properties properties = Records.producerProperties(settings);
        properties.putIfAbsent("max.block.ms", "30000");
        properties.setProperty("key.serializer", ByteArraySerializer.class.getName());
        properties.setProperty("value.serializer", ByteArraySerializer.class.getName());
        return properties;
    }

    /**
     * Connects, and waits until the topics are known.
     *
     * @param isReadCommitted whether to see only what a checkpoint has committed (for {@link
     *     Delivery#EXACTLY_ONCE})
     * @throws IllegalStateException naming the topic, when the completions topic cannot be read or
     *     the requests topic is not known within 30 s ({@code max.block.ms})
     */
    public static CompletionStream open(KafkaSettings settings, boolean isReadCommitted) {
        CompletionStream stream = new CompletionStream(settings, isReadCommitted);
        stream.thread.start(); // which closes the consumer, whatever becomes of the stream
        try {
            stream.awaitRequestTopic();
        } catch (RuntimeException e) {
            stream.close();
            throw e;
        }
        return stream;
    }

    /** It stays known, so that no send waits for it. */
    private void awaitRequestTopic() {
        try {
            producer.partitionsFor(requestTopic);
        } catch (KafkaException e) {
            throw new IllegalStateException(
                    "topic " + requestTopic + " cannot be written: " + e.getMessage(), e);
        }
    }

    /**
     * Produces a request and follows it.
     *
     * @param id becomes the record's key and {@code ce_id} header; not followed here yet
     * @param body UTF-8 JSON
     * @param deadline from now until the ending
     */
    public Completion submit(String id, byte[] body, Duration deadline) {
        long deadlineNs = System.nanoTime() + deadline.toNanos();
        // The two need each other: the follower its listener, the listener its follower to close.
        Follower[] follower = new Follower[1];
        QueuedCompletion completion =
                new QueuedCompletion(id, deadlineNs, () -> dispatcher.forget(follower[0]));
        follower[0] = new Follower(requireId(id), body, deadlineNs, Repeats.TELL, completion);
        dispatcher.follow(follower[0]);
        return completion;
    }

    /**
     * Produces a request; its events go to the listener. Does not block: that the request could not
     * be produced is a failure told to the listener.
     */
    public void submit(String id, byte[] body, Duration deadline, CompletionListener listener) {
        submit(id, body, deadline, Repeats.TELL, listener);
    }

    /**
     * The same, saying what it means when the id was used before; with {@link Repeats#JOIN} the id
     * may be followed here already.
     */
    public void submit(
            String id,
            byte[] body,
            Duration deadline,
            Repeats repeats,
            CompletionListener listener) {
        long deadlineNs = System.nanoTime() + deadline.toNanos();
        dispatcher.follow(new Follower(requireId(id), body, deadlineNs, repeats, listener));
    }

    /**
     * Produces the request's cancellation, after the request itself; its stream then ends with
     * {@code cancelled}. Does not block; an id that is unknown or has ended is none's fault.
     *
     * @return completes when the broker has it; fails with {@link NotProducedException}, also when
     *     this stream has ended
     */
    public CompletionStage<Void> cancel(String id) {
        return tell(id, RequestOp.CANCEL.encode(requireId(id), null));
    }

    /**
     * One who submitted the request goes away; with the last of them, here or elsewhere, it is
     * cancelled. Does not block; once for each submission that was not told its ending.
     *
     * @param body as it was submitted
     */
    public void leave(String id, byte[] body) {
        tell(id, RequestOp.LEAVE.encode(requireId(id), BodyHash.of(body)));
    }

    private CompletionStage<Void> tell(String id, byte[] op) {
        CompletableFuture<Void> produced = new CompletableFuture<>();
        Callback told =
                (metadata, error) -> {
                    if (error == null) {
                        produced.complete(null);
                    } else {
                        notTold(id, produced, error);
                    }
                };
        if (!dispatcher.tryPost(() -> tell(id, op, told))) {
            notTold(id, produced, dispatcher.hasEnded());
        }
        return produced;
    }

    /** What the producer throws is this caller's trouble, not the dispatcher's. */
    private void tell(String id, byte[] op, Callback told) {
        try {
            send(id, op, told);
        } catch (RuntimeException e) {
            told.onCompletion(null, e);
        }
    }

    private static void notTold(String id, CompletableFuture<Void> produced, Exception cause) {
        LOG.warn("of request {} nothing is told: {}", id, cause.toString());
        produced.completeExceptionally(
                new NotProducedException("the cancellation could not be produced", cause));
    }

    private static String requireId(String id) {
        if (id.isEmpty()) {
            throw new IllegalArgumentException("request id: '' (expected: at least a character)");
        }
        return id;
    }

    private void produce(Follower follower) {
        Callback told =
                (metadata, error) -> {
                    if (error != null) {
                        dispatcher.post(() -> dispatcher.fail(follower, notProduced(error)));
                    } else {
                        follower.producedAt(metadata.timestamp());
                    }
                };
        boolean joins = follower.repeats == Repeats.REQUIRE;
        byte[] record =
                joins
                        ? RequestOp.JOIN.encode(follower.id, BodyHash.of(follower.body))
                        : follower.body;
        send(follower.id, record, told);
    }

    private static RuntimeException notProduced(Exception error) {
        return new NotProducedException("the request could not be produced", error);
    }

    @SuppressWarnings("FutureReturnValueIgnored") // the callback is told the same
    private void send(String id, byte[] body, Callback callback) {
        ProducerRecord<byte[], byte[]> record =
                new ProducerRecord<>(requestTopic, Records.utf8(id), body);
        record.headers().add(Records.ID_HEADER, Records.utf8(id));
        producer.send(record, callback);
    }

    /**
     * Fails what is still followed, and ends the thread, the producer and the consumer; at most 10
     * s.
     */
    @Override
    public void close() {
        dispatcher.end();
        try {
            thread.join(CLOSE_TIMEOUT.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        producer.close(CLOSE_TIMEOUT);
    }
}
