package dev.tropical.kafka;

import dev.tropical.protocol.CellDepth;
import dev.tropical.protocol.CellDepthJson;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * The sink of the cells' depths, compacted by cell. A source that starts believes a closed cell of
 * before for 30 s: the route operator reports each cell with a queue when it opens.
 */
public final class CellSink {
    private CellSink() {}

    public static Sink<CellDepth> create(KafkaSettings settings) {
        return Sinks.atLeastOnce(settings, new Serializer(settings.topics().cells())).build();
    }

    static final class Serializer implements KafkaRecordSerializationSchema<CellDepth> {
        private static final long serialVersionUID = 1L;
        private final String topic;

        Serializer(String topic) {
            this.topic = topic;
        }

        @Override
        public ProducerRecord<byte[], byte[]> serialize(
                CellDepth value, KafkaSinkContext context, Long timestamp) {
            return new ProducerRecord<>(
                    topic,
                    Records.utf8(Integer.toString(value.cell())),
                    CellDepthJson.encode(value));
        }
    }
}
