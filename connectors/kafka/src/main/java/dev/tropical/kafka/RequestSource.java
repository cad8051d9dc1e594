package dev.tropical.kafka;

import dev.tropical.protocol.InferenceRequest;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/** The job's source of requests, gated by the cells' queues. */
public final class RequestSource {
    private RequestSource() {}

    /**
     * @param groupId under which offsets are committed, and from which a first start reads; the
     *     earliest offset when there is none
     */
    public static Source<InferenceRequest, ?, ?> create(KafkaSettings settings, String groupId) {
        KafkaSource<InferenceRequest> requests =
                Sources.<InferenceRequest>fromCommitted(
                                settings, settings.topics().requests(), groupId)
                        .setProperty("isolation.level", "read_committed")
                        .setDeserializer(new Deserializer())
                        .build();
        return new GatedSource<>(requests, () -> CellGate.open(settings), ValueTypeInfo.REQUEST);
    }

    /** A record as it is: parsing, and what is wrong with it, are admission's. */
    static final class Deserializer implements KafkaRecordDeserializationSchema<InferenceRequest> {
        private static final long serialVersionUID = 1L;
        private static final byte[] NOTHING = {};

        @Override
        public void deserialize(
                ConsumerRecord<byte[], byte[]> record, Collector<InferenceRequest> out) {
            byte @Nullable [] body = record.value();
            out.collect(
                    new InferenceRequest(
                            id(record),
                            body == null ? NOTHING : body,
                            record.timestamp(),
                            record.topic() + "-" + record.partition() + "@" + record.offset()));
        }

        private static String id(ConsumerRecord<byte[], byte[]> record) {
            String header = Records.header(record.headers(), Records.ID_HEADER);
            if (header != null) {
                return header;
            }
            String key = Records.text(record.key());
            // Never random: the same record must have the same id when it is read again.
            return key != null
                    ? key
                    : record.topic() + "-" + record.partition() + "-" + record.offset();
        }

        @Override
        public TypeInformation<InferenceRequest> getProducedType() {
            return ValueTypeInfo.REQUEST;
        }
    }
}
