package dev.tropical.bench;

import java.nio.charset.StandardCharsets;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.serialization.AbstractDeserializationSchema;
import org.apache.flink.api.common.serialization.SerializationSchema;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * The least that a Kafka -> Flink -> Kafka job does: records go through one keyed exchange and out
 * again.
 */
final class CopyJob {
    private CopyJob() {}

    static void build(
            StreamExecutionEnvironment env, String bootstrapServers, String from, String to) {
        KafkaSource<byte[]> source =
                KafkaSource.<byte[]>builder()
                        .setBootstrapServers(bootstrapServers)
                        .setTopics(from)
                        .setGroupId("copy")
                        .setStartingOffsets(OffsetsInitializer.earliest())
                        .setValueOnlyDeserializer(new Bytes())
                        .setProperty("fetch.min.bytes", "1")
                        .build();
        KafkaSink<byte[]> sink =
                KafkaSink.<byte[]>builder()
                        .setBootstrapServers(bootstrapServers)
                        .setDeliveryGuarantee(DeliveryGuarantee.AT_LEAST_ONCE)
                        .setProperty("linger.ms", "0")
                        .setRecordSerializer(
                                KafkaRecordSerializationSchema.<byte[]>builder()
                                        .setTopic(to)
                                        .setValueSerializationSchema(new Same())
                                        .build())
                        .build();
        env.fromSource(source, WatermarkStrategy.noWatermarks(), "copy-source")
                .uid("copy-source")
                .keyBy(CopyJob::key)
                .map(bytes -> bytes)
                .returns(PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO)
                .uid("copy-map")
                .sinkTo(sink)
                .uid("copy-sink");
    }

    private static Integer key(byte[] record) {
        return record[record.length - 1] & 0x7f;
    }

    /** A record: the time of its making, then filler up to the size of a chunk record. */
    static byte[] record(long nowNs, int index, int bytes) {
        StringBuilder text = new StringBuilder(bytes).append(nowNs).append(' ');
        while (text.length() < bytes - 1) {
            text.append('.');
        }
        return text.append((char) ('0' + index % 64))
                .toString()
                .getBytes(StandardCharsets.US_ASCII);
    }

    /** When the record was made. */
    static long madeAtNs(byte[] record) {
        long value = 0;
        for (int i = 0; record[i] != ' '; i++) {
            value = value * 10 + record[i] - '0';
        }
        return value;
    }

    /** A named class, since Flink cannot see a lambda's type. */
    private static final class Bytes extends AbstractDeserializationSchema<byte[]> {
        private static final long serialVersionUID = 1L;

        @Override
        public byte[] deserialize(byte[] message) {
            return message;
        }
    }

    private static final class Same implements SerializationSchema<byte[]> {
        private static final long serialVersionUID = 1L;

        @Override
        public byte[] serialize(byte[] element) {
            return element;
        }
    }
}
