package dev.tropical.kafka;

import dev.tropical.protocol.BodyHash;
import dev.tropical.protocol.CompletionRecord;
import dev.tropical.protocol.CompletionRecord.Failure;
import dev.tropical.protocol.CompletionRecord.Finish;
import dev.tropical.protocol.CompletionRecord.FirstUse;
import dev.tropical.protocol.CompletionRecord.Meta;
import dev.tropical.protocol.CompletionRecord.Text;
import dev.tropical.protocol.CompletionRecord.Tokens;
import dev.tropical.protocol.CompletionRecord.Usage;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Answers requests as their bodies say: {@code ok} one chunk a character of "id says: body", {@code
 * repeat} the same with every chunk twice, {@code contradict} takes back its first character,
 * {@code silence} nothing; a cancel gets a cancelled ending. Of bodies that begin with {@code
 * once}, an id's first is answered like {@code ok}, each further one by a notice; {@code once in
 * halves} has its second half said after the first notice.
 */
final class FakeServer implements AutoCloseable {
    private final KafkaSettings settings;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final KafkaProducer<byte[], byte[]> producer;
    private final CompletionSink.Serializer serializer;
    private final Thread thread = new Thread(this::run, "fake-server");
    private final Map<String, ConsumerRecord<byte[], byte[]>> firsts = new ConcurrentHashMap<>();
    private final Set<String> halved = new HashSet<>();
    private volatile boolean isEnding;

    FakeServer(KafkaSettings settings) {
        this.settings = settings;
        Properties properties = settings.clientProperties();
        properties.setProperty("auto.offset.reset", "earliest");
        consumer =
                new KafkaConsumer<>(
                        properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        producer =
                new KafkaProducer<>(
                        Records.producerProperties(settings),
                        new ByteArraySerializer(),
                        new ByteArraySerializer());
        serializer = new CompletionSink.Serializer(settings.topics().completions());
        thread.start();
    }

    private void run() {
        String topic = settings.topics().requests();
        consumer.assign(
                consumer.partitionsFor(topic).stream()
                        .map(p -> new TopicPartition(topic, p.partition()))
                        .toList());
        while (!isEnding) {
            consumer.poll(Duration.ofMillis(20)).forEach(this::answer);
        }
        consumer.close();
        producer.close();
    }

    private void answer(ConsumerRecord<byte[], byte[]> request) {
        String id = Records.text(request.key());
        String body = Records.text(request.value());
        if (body.contains("\"op\":\"cancel\"")) {
            send(CompletionRecord.Ending.bad(id, new Failure("cancelled", "asked", null), meta()));
        } else if (body.contains("\"op\":\"join\"")) {
            join(id);
        } else if (body.startsWith("once")) {
            answerOnce(id, body, request);
        } else if (!body.equals("silence")) {
            say(id, body);
        }
    }

    /** Ids whose body has been answered. */
    Set<String> answered() {
        return firsts.keySet();
    }

    /** The first body of an id, once it has come. */
    String bodyOf(String id) throws InterruptedException {
        long deadlineNs = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (!firsts.containsKey(id) && System.nanoTime() < deadlineNs) {
            Thread.sleep(5);
        }
        return Records.text(firsts.get(id).value());
    }

    private void join(String id) {
        ConsumerRecord<byte[], byte[]> first = firsts.get(id);
        Failure unknown = new Failure("not_found", "unknown", "id");
        send(new CompletionRecord.Notice(id, first == null ? unknown : repeated(first), meta()));
    }

    private void answerOnce(String id, String body, ConsumerRecord<byte[], byte[]> request) {
        ConsumerRecord<byte[], byte[]> first = firsts.putIfAbsent(id, request);
        boolean isHalved =
                Records.text(first == null ? request.value() : first.value())
                        .equals("once in halves");
        if (first == null) {
            int length = (id + " says: " + body).length();
            say(id, body, 0, isHalved ? length / 2 : length);
            return;
        }
        send(new CompletionRecord.Notice(id, repeated(first), meta()));
        if (isHalved && halved.add(id)) {
            int length = (id + " says: " + body).length();
            say(id, body, length / 2, length);
        }
    }

    private static Failure repeated(ConsumerRecord<byte[], byte[]> first) {
        FirstUse use = new FirstUse(BodyHash.of(first.value()), first.timestamp());
        return new Failure("duplicate_id", "used before", "id", use);
    }

    private void say(String id, String body) {
        say(id, body, 0, (id + " says: " + body).length());
    }

    private void say(String id, String body, int from, int to) {
        String text = id + " says: " + body;
        for (int i = from; i < to; i++) {
            boolean isLast = i == text.length() - 1;
            CompletionRecord chunk = chunk(id, i, text.substring(i, i + 1), isLast, meta(body));
            send(chunk);
            if (body.equals("repeat")) {
                send(chunk);
            }
        }
        if (body.equals("contradict")) {
            send(chunk(id, 0, "X", false, meta(body)));
        }
        if (to == text.length()) {
            send(CompletionRecord.Ending.good(id, new Usage(1, text.length(), 0), meta(body)));
        }
    }

    private static CompletionRecord chunk(
            String id, int offset, String text, boolean isLast, Meta meta) {
        return new CompletionRecord.Chunk(
                id,
                0,
                Tokens.of(offset, text.charAt(0)),
                new Text(offset, text),
                isLast ? new Finish("stop", null) : null,
                meta);
    }

    private static Meta meta() {
        return new Meta(1, "{}");
    }

    private static Meta meta(String body) {
        return new Meta(1, "{}", BodyHash.shortened(BodyHash.digest(Records.utf8(body))));
    }

    private void send(CompletionRecord record) {
        producer.send(serializer.serialize(record, null, null));
    }

    @Override
    public void close() throws InterruptedException {
        isEnding = true;
        thread.join(10_000);
    }
}
