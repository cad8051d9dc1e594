package dev.tropical.kafka;

import dev.tropical.protocol.CellReport;
import dev.tropical.protocol.CellReportJson;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * The sink of the cells' reports, compacted by cell. A source that starts believes a closed cell of
 * before for 30 s: the route operator reports each cell with a queue when it opens.
 */
public final class CellSink {
    private CellSink() {}

    public static Sink<CellReport> create(KafkaSettings settings) {
        return Sinks.atLeastOnce(settings, new Serializer(settings.topics().cells())).build();
    }

    static final class Serializer implements KafkaRecordSerializationSchema<CellReport> {
        private static final long serialVersionUID = 1L;
        private final String topic;

        Serializer(String topic) {
            this.topic = topic;
        }

        @Override
        public ProducerRecord<byte[], byte[]> serialize(
                CellReport value, KafkaSinkContext context, Long timestamp) {
            return new ProducerRecord<>(
                    topic,
                    Records.utf8(Integer.toString(value.depth().cell())),
                    CellReportJson.encode(value));
        }
    }
}
