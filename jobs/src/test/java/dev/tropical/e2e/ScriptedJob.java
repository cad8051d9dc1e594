package dev.tropical.e2e;

import dev.tropical.kafka.KafkaSettings;
import dev.tropical.kafka.TopicAdmin;
import dev.tropical.protocol.CellDepth;
import dev.tropical.protocol.CellReport;
import dev.tropical.protocol.CellReportJson;
import dev.tropical.protocol.CompletionJson;
import dev.tropical.protocol.CompletionRecord;
import dev.tropical.protocol.CompletionRecord.Chunk;
import dev.tropical.protocol.CompletionRecord.Ending;
import dev.tropical.protocol.CompletionRecord.Finish;
import dev.tropical.protocol.CompletionRecord.Meta;
import dev.tropical.protocol.CompletionRecord.Text;
import dev.tropical.protocol.CompletionRecord.Tokens;
import dev.tropical.protocol.CompletionRecord.Usage;
import dev.tropical.protocol.EngineLoad;
import dev.tropical.protocol.Topics;
import java.time.Duration;
import java.util.List;
import java.util.Map;
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
 * A job on topics of its own that says one text to every request, three characters a token: what
 * the demo model would not say.
 */
final class ScriptedJob implements AutoCloseable {
    private static final Meta META = new Meta(1, null);
    private static final Duration REPORT_INTERVAL = Duration.ofMillis(250);

    private final KafkaSettings kafka;
    private final String text;
    private final KafkaConsumer<String, byte[]> consumer;
    private final KafkaProducer<String, byte[]> producer;
    private final Thread thread = new Thread(this::run, "scripted-job");

    ScriptedJob(KafkaSettings broker, String text) {
        this.kafka = new KafkaSettings(broker.bootstrapServers(), new Topics("scripted"), Map.of());
        this.text = text;
        TopicAdmin.createTopics(kafka, 1, Duration.ofSeconds(30));
        Map<String, Object> properties = Map.of("bootstrap.servers", kafka.bootstrapServers());
        consumer =
                new KafkaConsumer<>(
                        properties, new StringDeserializer(), new ByteArrayDeserializer());
        producer =
                new KafkaProducer<>(properties, new StringSerializer(), new ByteArraySerializer());
        List<TopicPartition> requests = List.of(new TopicPartition(kafka.topics().requests(), 0));
        consumer.assign(requests);
        consumer.seekToBeginning(requests);
        thread.start();
    }

    /** Where its requests go. */
    KafkaSettings kafka() {
        return kafka;
    }

    private void run() {
        try (consumer;
                producer) {
            while (true) {
                report();
                for (ConsumerRecord<String, byte[]> in : consumer.poll(REPORT_INTERVAL)) {
                    answer(in.key());
                }
            }
        } catch (WakeupException e) {
            // close() says so
        }
    }

    private void report() {
        EngineLoad engine =
                new EngineLoad("engine-0", "decode", "cpu", true, 0, 0, 0, 0, 0, 9, 9, 0, 0);
        CellReport report = new CellReport(new CellDepth(0, 0, 0, true), List.of(engine), Map.of());
        producer.send(
                new ProducerRecord<>(kafka.topics().cells(), "0", CellReportJson.encode(report)));
    }

    private void answer(String id) {
        int tokens = 0;
        for (int from = 0; from < text.length(); from += 3) {
            int to = Math.min(from + 3, text.length());
            Text said = new Text(from, text.substring(from, to));
            Finish finish = to == text.length() ? new Finish("stop", null) : null;
            say(new Chunk(id, 0, Tokens.of(tokens, 7), said, finish, META));
            tokens++;
        }
        say(Ending.good(id, new Usage(5, tokens, 0), META));
    }

    private void say(CompletionRecord record) {
        ProducerRecord<String, byte[]> out =
                new ProducerRecord<>(
                        kafka.topics().completions(), record.id(), CompletionJson.encode(record));
        producer.send(out);
    }

    @Override
    public void close() throws InterruptedException {
        consumer.wakeup();
        thread.join(10_000);
    }
}
