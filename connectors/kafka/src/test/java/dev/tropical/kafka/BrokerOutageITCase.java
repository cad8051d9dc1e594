package dev.tropical.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tropical.protocol.CompletionRecord;
import dev.tropical.protocol.CompletionRecord.Ending;
import dev.tropical.protocol.CompletionRecord.Meta;
import dev.tropical.protocol.CompletionRecord.Usage;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BrokerOutageITCase {
    @TempDir Path data;

    /** A send that waited for the broker would hold up the thread that tells of all others. */
    @Test
    void shouldTellOfEachDeadlineWhileTheBrokerIsAway() throws Exception {
        try (EmbeddedKafka broker = EmbeddedKafka.start(data, 0)) {
            KafkaSettings settings = KafkaSettings.of(broker.bootstrapServers());
            TopicAdmin.createTopics(settings, 1, Duration.ofSeconds(20));
            try (CompletionStream stream = CompletionStream.open(settings, false)) {
                broker.close();
                List<CompletableFuture<RuntimeException>> failures = new ArrayList<>();
                for (int i = 0; i < 3; i++) {
                    byte[] body = "{\"prompt\":\"x\"}".getBytes(UTF_8);
                    Failure failure = new Failure();
                    stream.submit("r" + i, body, Duration.ofSeconds(1), failure);
                    failures.add(failure.met);
                }
                for (CompletableFuture<RuntimeException> failure : failures) {
                    assertThat(failure.get(20, TimeUnit.SECONDS))
                            .isInstanceOf(CompletionTimeoutException.class);
                }
            }
        }
    }

    /** No record is given up: the checkpoints that wait for it are, and then the job. */
    @Test
    @Tag("long")
    void shouldFailAJobInTimeThatCannotWrite() throws Exception {
        try (EmbeddedKafka broker = EmbeddedKafka.start(data, 0)) {
            KafkaSettings settings = KafkaSettings.of(broker.bootstrapServers());
            TopicAdmin.createTopics(settings, 1, Duration.ofSeconds(20));
            JobClient job = startTalking(settings);
            String topic = settings.topics().completions();
            assertThat(TestRecords.readAll(settings, topic, 1, Duration.ofSeconds(20))).hasSize(1);
            broker.close();
            CompletableFuture<?> end = job.getJobExecutionResult();
            assertThatThrownBy(() -> end.get(60, TimeUnit.SECONDS))
                    .hasStackTraceContaining("Exceeded checkpoint tolerable failure threshold")
                    .hasStackTraceContaining("expired");
        }
    }

    private static JobClient startTalking(KafkaSettings settings) throws Exception {
        Configuration c = new Configuration();
        c.set(PipelineOptions.GENERIC_TYPES, false);
        c.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(200));
        c.set(CheckpointingOptions.CHECKPOINTING_TIMEOUT, Duration.ofSeconds(1));
        c.set(CheckpointingOptions.TOLERABLE_FAILURE_NUMBER, 1);
        c.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(c);
        env.setParallelism(1);
        env.fromSequence(0, Long.MAX_VALUE)
                .map(new Talk())
                .returns(ValueTypeInfo.COMPLETION)
                .sinkTo(CompletionSink.create(settings, Delivery.AT_LEAST_ONCE, "outage"));
        return env.executeAsync();
    }

    /** An ending each 300 ms. */
    private static final class Talk implements MapFunction<Long, CompletionRecord> {
        @Override
        public CompletionRecord map(Long number) throws InterruptedException {
            TimeUnit.MILLISECONDS.sleep(300);
            return Ending.good("r" + number, new Usage(1, 1, 0), new Meta(1, null));
        }
    }

    private static final class Failure implements CompletionListener {
        final CompletableFuture<RuntimeException> met = new CompletableFuture<>();

        @Override
        public void onEvent(CompletionEvent event) {
            throw new AssertionError(event);
        }

        @Override
        public void onFailure(RuntimeException failure) {
            met.complete(failure);
        }
    }
}
