package dev.tropical.kafka;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.tropical.protocol.wire.Retry;
import dev.tropical.protocol.wire.RouteInput;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Both ends of the retries topic. Always at least once: the lane binds each attempt to one engine.
 * Never gated: a retry makes room, it does not ask for it.
 */
public final class RetryTopic {
    private static final Logger LOG = LoggerFactory.getLogger(RetryTopic.class);

    private RetryTopic() {}

    /**
     * @param groupId under which offsets are committed, and from which a first start reads; the
     *     earliest offset when there is none
     */
    public static Source<RouteInput, ?, ?> source(KafkaSettings settings, String groupId) {
        return Sources.<RouteInput>fromCommitted(settings, settings.topics().retries(), groupId)
                .setDeserializer(new Deserializer())
                .build();
    }

    public static Sink<Retry> sink(KafkaSettings settings) {
        return Sinks.atLeastOnce(settings, new Serializer(settings.topics().retries())).build();
    }

    static final class Serializer implements KafkaRecordSerializationSchema<Retry> {
        private static final long serialVersionUID = 1L;
        private final String topic;

        Serializer(String topic) {
            this.topic = topic;
        }

        @Override
        public ProducerRecord<byte[], byte[]> serialize(
                Retry value, KafkaSinkContext context, Long timestamp) {
            return new ProducerRecord<>(
                    topic, Records.utf8(value.getRequest().getId()), value.toByteArray());
        }
    }

    /** Skips what is no retry: nobody could be told, for the request's id is unknown. */
    static final class Deserializer implements KafkaRecordDeserializationSchema<RouteInput> {
        private static final long serialVersionUID = 1L;

        @Override
        public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<RouteInput> out) {
            byte[] value = record.value();
            if (value == null) {
                return;
            }
            try {
                Retry retry = Retry.parseFrom(value);
                out.collect(
                        RouteInput.newBuilder()
                                .setCell(retry.getRequest().getCell())
                                .setRetry(retry)
                                .build());
            } catch (InvalidProtocolBufferException e) {
                LOG.error(
                        "skipped {}-{}@{}: no retry",
                        record.topic(),
                        record.partition(),
                        record.offset(),
                        e);
            }
        }

        @Override
        public TypeInformation<RouteInput> getProducedType() {
            return new ProtobufTypeInfo<>(RouteInput.class);
        }
    }
}
