package dev.tropical.kafka;

import java.util.Properties;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.sink.KafkaSinkBuilder;

/** What all sinks have in common. */
final class Sinks {
    private Sinks() {}

    static <T> KafkaSinkBuilder<T> atLeastOnce(
            KafkaSettings settings, KafkaRecordSerializationSchema<T> serializer) {
        return KafkaSink.<T>builder()
                .setKafkaProducerConfig(inOrder(settings))
                .setBootstrapServers(settings.bootstrapServers())
                .setDeliveryGuarantee(DeliveryGuarantee.AT_LEAST_ONCE)
                .setRecordSerializer(serializer);
    }

    /**
     * A record that is given up, or overtaken, while later ones of its stream are written leaves a
     * gap that no restart closes: readers have seen what comes after it.
     *
     * <ul>
     *   <li>One request at a time. Kafka lets a new producer's first batch be of any number: with
     *       more in flight, a first batch that meets a broker just starting is overtaken by the
     *       second, and refused as out of order until it expires.
     *   <li>No batch expires. While the broker is away the job waits, and what it has not written
     *       it drops only by ending its producer.
     * </ul>
     *
     * <p>That wait has the deadline of the checkpoints, which flush the sinks: a partition that
     * takes no record makes them time out, and the job fails once it does not tolerate more of
     * them. Its exception tells of checkpoints only; which topic or node it is, the producer's
     * warnings say at each try.
     */
    static Properties inOrder(KafkaSettings settings) {
        Properties properties = Records.producerProperties(settings);
        properties.setProperty("max.in.flight.requests.per.connection", "1");
        properties.setProperty("delivery.timeout.ms", Integer.toString(Integer.MAX_VALUE));
        return properties;
    }
}
