package dev.tropical.kafka;

import dev.tropical.protocol.BodyHash;
import dev.tropical.protocol.DeadLetter;
import java.util.Arrays;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * The sink of invalid input: its first 64 KiB, and in headers {@code reason} (the error code),
 * {@code message}, {@code sha256} (hex) and {@code size} (bytes) of the whole body, and {@code
 * origin}.
 */
public final class DeadLetterSink {
    /** How much of a body is kept: enough to see what it was meant to be. */
    public static final int KEPT_BYTES = 64 * 1024;

    private DeadLetterSink() {}

    public static Sink<DeadLetter> create(KafkaSettings settings) {
        return Sinks.atLeastOnce(settings, new Serializer(settings.topics().deadLetters())).build();
    }

    static final class Serializer implements KafkaRecordSerializationSchema<DeadLetter> {
        private static final long serialVersionUID = 1L;
        private final String topic;

        Serializer(String topic) {
            this.topic = topic;
        }

        @Override
        public ProducerRecord<byte[], byte[]> serialize(
                DeadLetter value, KafkaSinkContext context, Long timestamp) {
            byte[] body = value.body();
            byte[] kept = body.length <= KEPT_BYTES ? body : Arrays.copyOf(body, KEPT_BYTES);
            ProducerRecord<byte[], byte[]> record =
                    new ProducerRecord<>(topic, Records.utf8(value.id()), kept);
            record.headers()
                    .add("reason", Records.utf8(value.code()))
                    .add("message", Records.utf8(value.message()))
                    .add("sha256", Records.utf8(BodyHash.of(body)))
                    .add("size", Records.utf8(Integer.toString(body.length)))
                    .add("origin", Records.utf8(value.origin()));
            return record;
        }
    }
}
