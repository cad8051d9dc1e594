package dev.tropical.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tropical.kafka.KafkaSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * A topic's records in a file, a line each, so that another broker can have them at their offsets.
 */
final class RecordedTopic {
    private static final ObjectMapper JSON = new ObjectMapper();

    private RecordedTopic() {}

    static void write(KafkaSettings kafka, String topic, Path file) throws Exception {
        List<String> lines = new ArrayList<>();
        for (ConsumerRecord<String, byte[]> record : Records.all(kafka, topic)) {
            ObjectNode line = JSON.createObjectNode();
            line.put("partition", record.partition());
            line.put("key", record.key());
            ObjectNode headers = line.putObject("headers");
            for (Header header : record.headers()) {
                headers.put(header.key(), new String(header.value(), UTF_8));
            }
            line.put("value", new String(record.value(), UTF_8));
            lines.add(JSON.writeValueAsString(line));
        }
        Files.createDirectories(file.getParent());
        Files.write(file, lines);
    }

    /** Produces all of them to an empty topic, and gives the lines. */
    static List<JsonNode> replay(Path file, KafkaSettings kafka, String topic) throws Exception {
        List<JsonNode> lines = new ArrayList<>();
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        Properties properties = kafka.clientProperties();
        try (var producer =
                new KafkaProducer<>(
                        properties, new StringSerializer(), new ByteArraySerializer())) {
            for (String text : Files.readAllLines(file)) {
                JsonNode line = JSON.readTree(text);
                ProducerRecord<String, byte[]> record =
                        new ProducerRecord<>(
                                topic,
                                line.get("partition").asInt(),
                                line.get("key").asText(),
                                line.get("value").asText().getBytes(UTF_8));
                line.get("headers")
                        .fields()
                        .forEachRemaining(
                                header ->
                                        record.headers()
                                                .add(
                                                        header.getKey(),
                                                        header.getValue()
                                                                .asText()
                                                                .getBytes(UTF_8)));
                sent.add(producer.send(record));
                lines.add(line);
            }
            for (Future<RecordMetadata> one : sent) {
                one.get(20, TimeUnit.SECONDS);
            }
        }
        return lines;
    }
}
