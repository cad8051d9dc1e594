package dev.tropical.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.protocol.CompletionRecord;
import dev.tropical.protocol.CompletionRecord.Failure;
import dev.tropical.protocol.CompletionRecord.Meta;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

class CompletionHistoryITCase {
    private final KafkaSettings settings = SharedKafka.freshTopics();

    @Test
    void shouldReadNoFurtherThanTheEnding() throws Exception {
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(
                        Records.producerProperties(settings),
                        new ByteArraySerializer(),
                        new ByteArraySerializer())) {
            for (String id : List.of("other", "ended", "other", "ended")) {
                producer.send(ending(id)).get(60, TimeUnit.SECONDS);
            }
        }
        CompletableFuture<List<ConsumerRecord<byte[], byte[]>>> read = new CompletableFuture<>();
        try (CompletionHistory history = new CompletionHistory(consumerProperties())) {
            // As if there were much more: a reading up to there would fail after half a minute.
            long later = 1_000_000;
            history.read(
                    new TopicPartition(settings.topics().completions(), 0),
                    "ended",
                    System.currentTimeMillis(),
                    later,
                    new CompletionHistory.Reader() {
                        @Override
                        public void onRead(List<ConsumerRecord<byte[], byte[]>> records) {
                            read.complete(records);
                        }

                        @Override
                        public void onFailure(RuntimeException failure) {
                            read.completeExceptionally(failure);
                        }
                    });
            assertThat(read.get(60, TimeUnit.SECONDS))
                    .singleElement()
                    .satisfies(record -> assertThat(record.offset()).isEqualTo(1));
        }
    }

    private ProducerRecord<byte[], byte[]> ending(String id) {
        CompletionRecord record =
                CompletionRecord.Ending.bad(
                        id, new Failure("cancelled", "asked", null), new Meta(1, null));
        ProducerRecord<byte[], byte[]> serialized =
                new CompletionSink.Serializer(settings.topics().completions())
                        .serialize(record, null, null);
        return new ProducerRecord<>(
                serialized.topic(), 0, serialized.key(), serialized.value(), serialized.headers());
    }

    private Properties consumerProperties() {
        Properties properties = settings.clientProperties();
        properties.setProperty("enable.auto.commit", "false");
        properties.setProperty("key.deserializer", ByteArrayDeserializer.class.getName());
        properties.setProperty("value.deserializer", ByteArrayDeserializer.class.getName());
        return properties;
    }
}
