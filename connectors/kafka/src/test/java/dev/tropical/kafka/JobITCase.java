package dev.tropical.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.protocol.CellDepth;
import dev.tropical.protocol.CellReport;
import dev.tropical.protocol.CellReportJson;
import dev.tropical.protocol.CompletionJson;
import dev.tropical.protocol.CompletionRecord;
import dev.tropical.protocol.CompletionRecord.Ending;
import dev.tropical.protocol.CompletionRecord.Meta;
import dev.tropical.protocol.CompletionRecord.Usage;
import dev.tropical.protocol.InferenceRequest;
import dev.tropical.protocol.Topics;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

/** Source and sink in a job: ids, times, bytes, keys, headers, and the gate. */
class JobITCase {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    @Test
    void shouldCarryRequestsAndHoldThemWhileACellIsClosed() throws Exception {
        KafkaSettings settings = SharedKafka.freshTopics();
        String requests = settings.topics().requests();
        try (KafkaProducer<byte[], byte[]> producer = producer(settings)) {
            JobClient job = start(settings, Delivery.AT_LEAST_ONCE);
            try {
                ProducerRecord<byte[], byte[]> named =
                        new ProducerRecord<>(requests, utf8("key-1"), utf8("{}"));
                named.headers().add("ce_id", utf8("header-1"));
                producer.send(named).get();
                producer.send(new ProducerRecord<>(requests, utf8("key-2"), utf8("{\"a\":1}")))
                        .get();
                producer.send(new ProducerRecord<>(requests, 1, null, new byte[] {1, 2})).get();
                Map<String, Ending> first = byId(settings, 3);
                assertThat(first.keySet())
                        .isEqualTo(Set.of("header-1", "key-2", requests + "-1-0"));
                // The map below reports the body's length.
                assertThat(first.get("key-2").usage().promptTokens()).isEqualTo(7);

                send(producer, settings, new CellDepth(0, 1024, 4096, false));
                int answered = produceUntilOneIsHeld(producer, settings, 3);
                send(producer, settings, new CellDepth(0, 512, 2048, true));
                assertThat(byId(settings, answered + 1)).containsKey("probe-" + answered);
            } finally {
                job.cancel().get();
            }
        }
    }

    @Test
    void shouldShowExactlyOnceRecordsWhenACheckpointCompletes() throws Exception {
        KafkaSettings settings = SharedKafka.freshTopics();
        JobClient job = start(settings, Delivery.EXACTLY_ONCE);
        try (KafkaProducer<byte[], byte[]> producer = producer(settings)) {
            producer.send(
                            new ProducerRecord<>(
                                    settings.topics().requests(), utf8("once"), utf8("{}")))
                    .get();
            KafkaSettings committed =
                    new KafkaSettings(
                            settings.bootstrapServers(),
                            settings.topics(),
                            Map.of("isolation.level", "read_committed"));
            assertThat(byId(committed, 1)).containsKey("once");
        } finally {
            job.cancel().get();
        }
    }

    /**
     * Produces one request after the other until one is not answered: the gate closes as soon as
     * its thread has read of it. Returns how many were answered in all.
     */
    private static int produceUntilOneIsHeld(
            KafkaProducer<byte[], byte[]> producer, KafkaSettings settings, int before)
            throws Exception {
        Topics topics = settings.topics();
        for (int answered = before; answered < before + 20; answered++) {
            byte[] key = utf8("probe-" + answered);
            producer.send(new ProducerRecord<>(topics.requests(), key, utf8("{}"))).get();
            Duration patience = Duration.ofSeconds(2); // some fifty times an answer's
            int found =
                    TestRecords.readAll(settings, topics.completions(), answered + 1, patience)
                            .size();
            if (found == answered) {
                return answered;
            }
        }
        throw new AssertionError("the source went on although a cell was closed");
    }

    private static JobClient start(KafkaSettings settings, Delivery delivery) throws Exception {
        Configuration c = new Configuration();
        c.set(ExecutionOptions.BUFFER_TIMEOUT, Duration.ZERO);
        c.set(PipelineOptions.OBJECT_REUSE, true);
        c.set(PipelineOptions.GENERIC_TYPES, false);
        c.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(200));
        c.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(c);
        env.setParallelism(1);
        env.fromSource(
                        RequestSource.create(settings, "test"),
                        WatermarkStrategy.noWatermarks(),
                        "requests")
                .uid("requests")
                .map(new Answer())
                .returns(ValueTypeInfo.COMPLETION)
                .uid("answer")
                .sinkTo(CompletionSink.create(settings, delivery, settings.topics().prefix()))
                .uid("completions");
        return env.executeAsync();
    }

    /** An ending at once, whose usage shows what the request held. */
    private static final class Answer implements MapFunction<InferenceRequest, CompletionRecord> {
        @Override
        public CompletionRecord map(InferenceRequest request) {
            long age = System.currentTimeMillis() - request.arrivedAtMs();
            return Ending.good(
                    request.id(),
                    new Usage(request.body().length, Math.abs(age) < 60_000 ? 1 : 0, 0),
                    new Meta(77, "{\"total_ms\":1}"));
        }
    }

    private static Map<String, Ending> byId(KafkaSettings settings, int count) throws Exception {
        List<ConsumerRecord<byte[], byte[]>> records =
                TestRecords.readAll(settings, settings.topics().completions(), count, TIMEOUT);
        Map<String, Ending> byId = new TreeMap<>();
        for (ConsumerRecord<byte[], byte[]> record : records) {
            assertThat(Records.header(record.headers(), "epoch")).isEqualTo("77");
            assertThat(Records.header(record.headers(), "timings")).isEqualTo("{\"total_ms\":1}");
            Ending read = (Ending) CompletionJson.decode(record.value(), new Meta(77, null));
            assertThat(Records.text(record.key())).isEqualTo(read.id());
            assertThat(read.usage().completionTokens()).as("arrived just now").isEqualTo(1);
            byId.put(read.id(), read);
        }
        return byId;
    }

    private static void send(
            KafkaProducer<byte[], byte[]> producer, KafkaSettings settings, CellDepth depth)
            throws Exception {
        producer.send(
                        new ProducerRecord<>(
                                settings.topics().cells(),
                                utf8(Integer.toString(depth.cell())),
                                CellReportJson.encode(CellReport.of(depth))))
                .get();
    }

    private static KafkaProducer<byte[], byte[]> producer(KafkaSettings settings) {
        return new KafkaProducer<>(
                Records.producerProperties(settings),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    private static byte[] utf8(String text) {
        return Records.utf8(text);
    }
}
