package dev.tropical.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.protocol.CellDepth;
import dev.tropical.protocol.CellReport;
import dev.tropical.protocol.DeadLetter;
import dev.tropical.protocol.InferenceRequest;
import dev.tropical.protocol.wire.AdmittedRequest;
import dev.tropical.protocol.wire.Retry;
import dev.tropical.protocol.wire.RouteInput;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;

/** What the sinks write and the sources read, record by record. */
class TopicRecordsTest {
    @Test
    void shouldKeepTheBeginningOfADeadLetterAndTheHashOfAllOfIt() {
        byte[] body = new byte[100_000];
        DeadLetter letter = new DeadLetter("id", body, "invalid_request", "bad", "t-1@5");
        ProducerRecord<byte[], byte[]> record =
                new DeadLetterSink.Serializer("dlq").serialize(letter, null, null);
        assertThat(record.value()).hasSize(65_536);
        assertThat(header(record, "reason")).isEqualTo("invalid_request");
        assertThat(header(record, "message")).isEqualTo("bad");
        assertThat(header(record, "origin")).isEqualTo("t-1@5");
        assertThat(header(record, "size")).isEqualTo("100000");
        // sha256sum of 100,000 zero bytes
        assertThat(header(record, "sha256"))
                .isEqualTo("9192c25b734fcbadbe32dadc28089c60db0e39f90cc20ce2e5733f57261acc0c");
    }

    @Test
    void shouldGiveARetryBackForItsCell() {
        Retry retry =
                Retry.newBuilder()
                        .setRequest(AdmittedRequest.newBuilder().setId("r").setCell(3))
                        .setAttempt(2)
                        .build();
        ProducerRecord<byte[], byte[]> written =
                new RetryTopic.Serializer("retries").serialize(retry, null, null);
        assertThat(written.key()).isEqualTo(Records.utf8("r"));
        assertThat(readRetries(written.value()))
                .containsExactly(RouteInput.newBuilder().setCell(3).setRetry(retry).build());
    }

    @Test
    void shouldSkipWhatIsNoRetry() {
        assertThat(readRetries(new byte[] {(byte) 0xff})).isEmpty();
        assertThat(readRetries(null)).isEmpty();
    }

    @Test
    void shouldKeyDepthsByCellSoThatTheyCompact() {
        CellReport depth = CellReport.of(new CellDepth(7, 1, 4, true));
        assertThat(new CellSink.Serializer("cells").serialize(depth, null, null).key())
                .isEqualTo(Records.utf8("7"));
    }

    @Test
    void shouldGiveARecordWithoutKeyAnIdThatStaysTheSame() {
        ConsumerRecord<byte[], byte[]> record =
                new ConsumerRecord<>("requests", 3, 17, null, new byte[] {1});
        ConsumerRecord<byte[], byte[]> empty =
                new ConsumerRecord<>("requests", 3, 17, new byte[0], null);
        assertThat(readRequest(record).id()).isEqualTo("requests-3-17");
        assertThat(readRequest(record).origin()).isEqualTo("requests-3@17");
        assertThat(readRequest(empty).id()).isEqualTo("requests-3-17");
        assertThat(readRequest(empty).body()).isEmpty();
    }

    private static InferenceRequest readRequest(ConsumerRecord<byte[], byte[]> record) {
        Collected<InferenceRequest> out = new Collected<>();
        new RequestSource.Deserializer().deserialize(record, out);
        return out.values.get(0);
    }

    private static List<RouteInput> readRetries(byte[] value) {
        Collected<RouteInput> out = new Collected<>();
        new RetryTopic.Deserializer()
                .deserialize(new ConsumerRecord<>("retries", 0, 0, null, value), out);
        return out.values;
    }

    private static String header(ProducerRecord<byte[], byte[]> record, String name) {
        return Records.header(record.headers(), name);
    }

    private static final class Collected<T> implements Collector<T> {
        final List<T> values = new ArrayList<>();

        @Override
        public void collect(T value) {
            values.add(value);
        }

        @Override
        public void close() {}
    }
}
