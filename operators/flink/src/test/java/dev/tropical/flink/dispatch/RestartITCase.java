package dev.tropical.flink.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tropical.engine.client.EngineRegistration;
import dev.tropical.flink.Inference;
import dev.tropical.flink.InferenceConfigOptions;
import dev.tropical.flink.InferenceOptions;
import dev.tropical.flink.text.TestModels;
import dev.tropical.kafka.Completion;
import dev.tropical.kafka.CompletionEvent;
import dev.tropical.kafka.CompletionEvent.Chunk;
import dev.tropical.kafka.CompletionEvent.Ending;
import dev.tropical.kafka.CompletionSink;
import dev.tropical.kafka.CompletionStream;
import dev.tropical.kafka.Delivery;
import dev.tropical.kafka.EmbeddedKafka;
import dev.tropical.kafka.KafkaSettings;
import dev.tropical.kafka.RequestSource;
import dev.tropical.kafka.TopicAdmin;
import dev.tropical.kafka.ValueTypeInfo;
import dev.tropical.protocol.InferenceRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The job on a broker and a MiniCluster, with a made-up engine behind real sockets. */
class RestartITCase {
    private static final int REQUESTS = 12;
    private static final int TOKENS = 26;
    private static final int FIRST_BYTE_TOKEN = TestModels.SPECIAL.size();
    private static final AtomicBoolean HAS_FAILED = new AtomicBoolean();

    @TempDir Path folder;

    @Test
    void shouldGoOnWithEveryStreamAfterRestartWithoutComputingAgain() throws Exception {
        restart("file", (cluster, job) -> {});
    }

    @Test
    @Tag("long")
    void shouldDoSoWhenThereWasNoSpaceForAnyCheckpoint() throws Exception {
        FaultyFileSystem.isFull = true;
        restart(
                "faulty",
                (cluster, job) -> {
                    assertThat(FaultyFileSystem.REFUSALS).hasPositiveValue();
                    assertThat(completedCheckpoints(cluster, job)).isZero();
                    FaultyFileSystem.isFull = false;
                    await().atMost(Duration.ofSeconds(60))
                            .until(() -> completedCheckpoints(cluster, job) > 0);
                });
    }

    private static long completedCheckpoints(MiniCluster cluster, JobID job) throws Exception {
        return cluster.getExecutionGraph(job)
                .get()
                .getCheckpointStatsSnapshot()
                .getCounts()
                .getNumberOfCompletedCheckpoints();
    }

    /** What is to hold at the end, while the job still runs. */
    private interface Check {
        void check(MiniCluster cluster, JobID job) throws Exception;
    }

    /**
     * @param scheme of the checkpoints' file system
     */
    private void restart(String scheme, Check atEnd) throws Exception {
        HAS_FAILED.set(false);
        try (EmbeddedKafka broker = EmbeddedKafka.start(folder.resolve("kafka"), 0);
                SocketEngine engine =
                        new SocketEngine("d1", (s, offset) -> FIRST_BYTE_TOKEN + 'a' + offset);
                MiniCluster cluster = cluster()) {
            KafkaSettings kafka = KafkaSettings.of(broker.bootstrapServers());
            TopicAdmin.createTopics(kafka, 2, Duration.ofSeconds(20));
            try (EngineRegistration registration =
                    EngineRegistration.open(kafka, Duration.ofSeconds(60))) {
                registration.register(engine.info());
            }
            cluster.start();
            JobGraph job = job(kafka, scheme).getStreamGraph().getJobGraph();
            cluster.submitJob(job).get();
            try (CompletionStream client = CompletionStream.open(kafka, false)) {
                List<Completion> completions = submitAll(client);
                for (Completion completion : completions) {
                    assertThat(text(completion)).isEqualTo("abcdefghijklmnopqrstuvwxyz");
                }
            }
            assertThat(HAS_FAILED).isTrue();
            assertThat(engine.submits).hasValue(REQUESTS);
            atEnd.check(cluster, job.getJobID());
        }
    }

    /** The last one makes the job fail once, while the others are half way. */
    private static List<Completion> submitAll(CompletionStream client) {
        List<Completion> completions = new ArrayList<>();
        for (int i = 0; i < REQUESTS; i++) {
            String id = i == REQUESTS - 1 ? "fails-once" : "r" + i;
            if (i == REQUESTS - 1) {
                awaitFirstText(completions.get(0));
            }
            byte[] body =
                    ("{\"prompt\":\"hello\",\"max_tokens\":" + TOKENS + ",\"ignore_eos\":true}")
                            .getBytes(StandardCharsets.UTF_8);
            completions.add(client.submit(id, body, Duration.ofSeconds(60)));
        }
        return completions;
    }

    private static void awaitFirstText(Completion completion) {
        assertThat(completion.next()).isInstanceOf(Chunk.class);
    }

    private static String text(Completion completion) {
        StringBuilder text = new StringBuilder(completion.id().equals("r0") ? "a" : "");
        while (completion.hasNext()) {
            CompletionEvent event = completion.next();
            if (event instanceof Chunk chunk) {
                text.append(chunk.text());
            } else if (event instanceof Ending ending) {
                assertThat(ending.error()).isNull();
            }
        }
        return text.toString();
    }

    private StreamExecutionEnvironment job(KafkaSettings kafka, String scheme) {
        Configuration options = new Configuration();
        options.set(InferenceConfigOptions.BOOTSTRAP_SERVERS, kafka.bootstrapServers());
        options.set(
                InferenceConfigOptions.MODEL_DIRS,
                List.of(TestModels.byteLevel(folder.resolve("model")).directory()));
        options.set(InferenceConfigOptions.MODE, "vllm");
        StreamExecutionEnvironment environment =
                StreamExecutionEnvironment.getExecutionEnvironment(settings(scheme));
        DataStream<InferenceRequest> requests =
                environment
                        .fromSource(
                                RequestSource.create(kafka, "test"),
                                WatermarkStrategy.noWatermarks(),
                                "requests",
                                ValueTypeInfo.REQUEST)
                        .map(RestartITCase::failOnce)
                        .returns(ValueTypeInfo.REQUEST);
        Inference.attach(requests, InferenceOptions.from(options))
                .sinkTo(CompletionSink.create(kafka, Delivery.AT_LEAST_ONCE, "test"));
        return environment;
    }

    private static InferenceRequest failOnce(InferenceRequest request) {
        if (request.id().equals("fails-once") && HAS_FAILED.compareAndSet(false, true)) {
            throw new IllegalStateException("a failure that the test wants");
        }
        return request;
    }

    private Configuration settings(String scheme) {
        Configuration settings = new Configuration();
        settings.set(CoreOptions.DEFAULT_PARALLELISM, 1);
        settings.set(ExecutionOptions.BUFFER_TIMEOUT, Duration.ZERO);
        settings.set(PipelineOptions.OBJECT_REUSE, true);
        settings.set(PipelineOptions.GENERIC_TYPES, false);
        settings.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(200));
        settings.set(CheckpointingOptions.ENABLE_UNALIGNED, true);
        settings.set(CheckpointingOptions.CHECKPOINT_STORAGE, "filesystem");
        settings.set(
                CheckpointingOptions.CHECKPOINTS_DIRECTORY,
                scheme + "://" + folder.resolve("checkpoints"));
        settings.set(CheckpointingOptions.TOLERABLE_FAILURE_NUMBER, 1_000);
        settings.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
        settings.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 2);
        settings.set(
                RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofMillis(100));
        return settings;
    }

    private static MiniCluster cluster() {
        Configuration settings = new Configuration();
        settings.set(RestOptions.BIND_PORT, "0");
        return new MiniCluster(
                new MiniClusterConfiguration.Builder()
                        .setConfiguration(settings)
                        .setNumTaskManagers(1)
                        .setNumSlotsPerTaskManager(1)
                        .build());
    }
}
