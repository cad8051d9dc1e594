package dev.tropical.kafka;

import dev.tropical.protocol.CompletionJson;
import dev.tropical.protocol.CompletionRecord;
import java.time.Duration;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSinkBuilder;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/** The job's sink of completions: JSON, keyed by request id, sent at once. */
public final class CompletionSink {
    /**
     * Of {@link Delivery#EXACTLY_ONCE}. What a transaction holds is lost to readers when the broker
     * ends it, so a job must not go on for so long without a checkpoint. The broker's own limit is
     * 15 minutes.
     */
    public static final Duration TRANSACTION_TIMEOUT = Duration.ofMinutes(10);

    private CompletionSink() {}

    /**
     * @param transactionalIdPrefix unique to the job on this Kafka; used with {@link
     *     Delivery#EXACTLY_ONCE} only
     */
    public static Sink<CompletionRecord> create(
            KafkaSettings settings, Delivery delivery, String transactionalIdPrefix) {
        KafkaSinkBuilder<CompletionRecord> sink =
                Sinks.atLeastOnce(settings, new Serializer(settings.topics().completions()));
        if (delivery == Delivery.EXACTLY_ONCE) {
            sink.setDeliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE)
                    .setTransactionalIdPrefix(transactionalIdPrefix)
                    .setProperty(
                            "transaction.timeout.ms",
                            Long.toString(TRANSACTION_TIMEOUT.toMillis()));
        }
        return sink.build();
    }

    /** No partition is set: the producer hashes the key, as clients that follow an id do. */
    static final class Serializer implements KafkaRecordSerializationSchema<CompletionRecord> {
        private static final long serialVersionUID = 1L;
        private final String topic;

        Serializer(String topic) {
            this.topic = topic;
        }

        @Override
        public ProducerRecord<byte[], byte[]> serialize(
                CompletionRecord value, KafkaSinkContext context, Long timestamp) {
            ProducerRecord<byte[], byte[]> record =
                    new ProducerRecord<>(
                            topic, Records.utf8(value.id()), CompletionJson.encode(value));
            Headers headers = record.headers();
            headers.add(
                    CompletionJson.EPOCH_HEADER, Records.utf8(Long.toString(value.meta().epoch())));
            add(headers, CompletionJson.TIMINGS_HEADER, value.meta().timings());
            add(headers, CompletionJson.REQUEST_HEADER, value.meta().request());
            return record;
        }

        private static void add(Headers headers, String name, @Nullable String value) {
            if (value != null) {
                headers.add(name, Records.utf8(value));
            }
        }
    }
}
