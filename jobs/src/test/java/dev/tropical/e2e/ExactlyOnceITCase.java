package dev.tropical.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tropical.e2e.TestSystem.Setup;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With {@code --delivery exactly-once} readers of what is committed see each record once. */
@Tag("long")
class ExactlyOnceITCase {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    @TempDir Path work;

    @Test
    void shouldRepeatNoRecordThoughTaskManagerAndEngineAreLost() throws Exception {
        try (TestSystem system =
                TestSystem.start(work, Setup.DISTSERVE.delivering("exactly-once"))) {
            SeamBodies bodies = SeamBodies.measure(system.client(), 160);
            Streams streams = Streams.submit(system.client(), "once", bodies.times(4));
            await().atMost(PATIENCE).until(() -> streams.tokens() > 0 || isDecoding(system));
            system.local().engines().process("engine-1").kill();
            MiniCluster cluster = system.local().flink().cluster();
            cluster.terminateTaskManager(0).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            cluster.startTaskManager();
            List<Outcome> outcomes = streams.await();
            bodies.assertSaidBy(outcomes, "once");
            Records.assertOneEndingEach(system.local().kafka(), "once", outcomes.size());
            assertNoRepeat(system);
        }
    }

    private static boolean isDecoding(TestSystem system) {
        return system.statuses().values().stream()
                .anyMatch(status -> status.getRunningDecodes() > 4);
    }

    /** Each record stands where the one before it has ended. */
    private static void assertNoRepeat(TestSystem system) throws Exception {
        var kafka = system.local().kafka();
        List<String> places = new ArrayList<>();
        for (ConsumerRecord<String, byte[]> record :
                Records.all(kafka, kafka.topics().completions())) {
            JsonNode body = JSON.readTree(record.value());
            places.add(
                    "%s %s choice %d token %d text %d finish %s"
                            .formatted(
                                    body.path("object").asText(),
                                    record.key(),
                                    body.path("choice").asInt(),
                                    body.path("token_offset").asInt(),
                                    body.path("text_offset").asInt(),
                                    body.path("finish_reason").asText()));
        }
        assertThat(places).isNotEmpty().doesNotHaveDuplicates();
    }
}
