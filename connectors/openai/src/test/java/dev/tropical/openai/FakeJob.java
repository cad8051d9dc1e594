package dev.tropical.openai;

import dev.tropical.kafka.Consumers;
import dev.tropical.kafka.KafkaSettings;
import dev.tropical.protocol.CellDepth;
import dev.tropical.protocol.CellReport;
import dev.tropical.protocol.CellReportJson;
import dev.tropical.protocol.CompletionJson;
import dev.tropical.protocol.CompletionRecord;
import dev.tropical.protocol.CompletionRecord.Failure;
import dev.tropical.protocol.CompletionRecord.Finish;
import dev.tropical.protocol.CompletionRecord.FirstUse;
import dev.tropical.protocol.CompletionRecord.Meta;
import dev.tropical.protocol.CompletionRecord.Text;
import dev.tropical.protocol.CompletionRecord.Tokens;
import dev.tropical.protocol.CompletionRecord.Usage;
import dev.tropical.protocol.EngineLoad;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * The inference job's ends without its middle: a test takes requests off the topic and says what
 * their completions are.
 */
final class FakeJob implements AutoCloseable {
    private static final Meta META = new Meta(1, null);
    private static final Duration REPORT_INTERVAL = Duration.ofMillis(250);

    private final KafkaSettings settings;
    private final KafkaConsumer<String, byte[]> consumer;
    private final KafkaProducer<String, byte[]> producer;
    private final BlockingQueue<Received> received = new LinkedBlockingQueue<>();
    private volatile CellDepth depth = new CellDepth(0, 0, 0, true);
    private final Thread reader = new Thread(this::read, "fake-job");

    /** A record of the requests topic. */
    record Received(String id, String body) {
        /** Whether a call that asked for the request has gone away. */
        boolean isLeave() {
            return body.contains("\"op\":\"leave\"");
        }

        boolean isJoin() {
            return body.contains("\"op\":\"join\"");
        }
    }

    private FakeJob(KafkaSettings settings) {
        this.settings = settings;
        Map<String, Object> properties =
                Map.of(
                        "bootstrap.servers",
                        settings.bootstrapServers(),
                        "max.request.size",
                        KafkaSettings.MAX_RECORD_BYTES,
                        "linger.ms",
                        0);
        consumer =
                new KafkaConsumer<>(
                        Map.of("bootstrap.servers", settings.bootstrapServers()),
                        new StringDeserializer(),
                        new ByteArrayDeserializer());
        producer =
                new KafkaProducer<>(properties, new StringSerializer(), new ByteArraySerializer());
    }

    static FakeJob start(KafkaSettings settings) {
        FakeJob job = new FakeJob(settings);
        List<TopicPartition> partitions =
                job.consumer.partitionsFor(settings.topics().requests()).stream()
                        .map(p -> new TopicPartition(p.topic(), p.partition()))
                        .toList();
        job.consumer.assign(partitions);
        job.consumer.seekToEnd(partitions);
        partitions.forEach(job.consumer::position); // the end as it is now
        job.reader.start();
        return job;
    }

    /** The next request or cancellation; waits for it for 10 s. */
    Received next() throws InterruptedException {
        Received next = received.poll(10, TimeUnit.SECONDS);
        if (next == null) {
            throw new AssertionError("no record on " + settings.topics().requests() + " in 10 s");
        }
        return next;
    }

    /** Whether nothing has come that was not taken. */
    boolean isIdle() {
        return received.isEmpty();
    }

    /** One token and its text. */
    void sayChunk(String id, int choice, int tokenOffset, int textOffset, String text) {
        say(chunk(id, choice, tokenOffset, new int[] {7}, textOffset, text, null));
    }

    void sayFinish(String id, int choice, int tokenOffset, int textOffset, String reason) {
        say(chunk(id, choice, tokenOffset, new int[0], textOffset, "", reason));
    }

    /** Notes that the id was used before, by a request with this body. */
    void sayRepeat(String id, String firstBody, long firstArrivedAtMs) throws Exception {
        byte[] hash =
                MessageDigest.getInstance("SHA-256")
                        .digest(firstBody.getBytes(StandardCharsets.UTF_8));
        FirstUse first = new FirstUse(HexFormat.of().formatHex(hash), firstArrivedAtMs);
        say(
                new CompletionRecord.Notice(
                        id, new Failure("duplicate_id", "used before", "id", first), META));
    }

    /** Notes that a join names an id that was not used. */
    void sayNotFound(String id) {
        say(new CompletionRecord.Notice(id, new Failure("not_found", "unknown", "id"), META));
    }

    void sayEnding(String id, int promptTokens, int completionTokens) {
        say(CompletionRecord.Ending.good(id, new Usage(promptTokens, completionTokens, 0), META));
    }

    void sayFailure(String id, String code, String message, String param) {
        say(CompletionRecord.Ending.bad(id, new Failure(code, message, param), META));
    }

    @Override
    public void close() throws InterruptedException {
        consumer.wakeup();
        reader.join(10_000);
        producer.close(Duration.ofSeconds(5));
    }

    private void say(CompletionRecord said) {
        ProducerRecord<String, byte[]> out =
                new ProducerRecord<>(
                        settings.topics().completions(), said.id(), CompletionJson.encode(said));
        out.headers().add(CompletionJson.EPOCH_HEADER, "1".getBytes(StandardCharsets.UTF_8));
        producer.send(out);
    }

    private static CompletionRecord chunk(
            String id,
            int choice,
            int tokenOffset,
            int[] tokens,
            int textOffset,
            String text,
            String finish) {
        return new CompletionRecord.Chunk(
                id,
                choice,
                Tokens.of(tokenOffset, tokens),
                new Text(textOffset, text),
                finish == null ? null : new Finish(finish, null),
                META);
    }

    /** What the next reports say of the queue and of the one engine. */
    void reportQueue(int queued, boolean isOpen) {
        depth = new CellDepth(0, queued, 4L * queued, isOpen);
    }

    private void report() {
        EngineLoad engine =
                new EngineLoad("engine-0", "decode", "cpu", true, 1, 0, 2, 10, 4, 70, 80, 3, 9);
        CellReport report = new CellReport(depth, List.of(engine), Map.of("idle-decode", 5L));
        producer.send(
                new ProducerRecord<>(
                        settings.topics().cells(), "0", CellReportJson.encode(report)));
    }

    private void read() {
        try {
            while (true) {
                report();
                for (ConsumerRecord<String, byte[]> in : consumer.poll(REPORT_INTERVAL)) {
                    String body = new String(in.value(), StandardCharsets.UTF_8);
                    received.add(new Received(in.key(), body));
                }
            }
        } catch (WakeupException e) {
            // close() says so
        } finally {
            Consumers.closeNow(consumer);
        }
    }
}
