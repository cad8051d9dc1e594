package dev.tropical.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tropical.e2e.TestSystem.Setup;
import dev.tropical.engine.client.EngineRegistry;
import dev.tropical.kafka.EmbeddedKafka;
import dev.tropical.kafka.KafkaSettings;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a data folder keeps when the whole system is stopped and started again. */
@Tag("long")
class DurabilityITCase {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String LONG = longRequest(400);
    private static final String SHORT = "{\"prompt\":\"The dog\",\"max_tokens\":4}";

    @TempDir Path work;

    @Test
    void shouldEndWhatWasInFlightWhenTheSystemStopped() throws Exception {
        try (TestSystem first = TestSystem.distserve(work)) {
            assertThat(Outcome.of(first.client(), "run-ended", SHORT.getBytes(UTF_8)).error)
                    .isNull();
            Records.produce(first.local().kafka(), "run-under-way", LONG.getBytes(UTF_8));
            await().atMost(PATIENCE).until(() -> has(first, "\"run-under-way\""));
        }
        try (TestSystem second = TestSystem.distserve(work)) {
            await().atMost(PATIENCE).until(() -> has(second, "\"completion_tokens\":400"));
            assertThat(Outcome.of(second.client(), "run-new", SHORT.getBytes(UTF_8)).error)
                    .isNull();
            Records.produce(second.local().kafka(), "run-ended", SHORT.getBytes(UTF_8));
            await().atMost(PATIENCE).until(() -> has(second, "duplicate_id"));
            Records.assertOneEndingEach(second.local().kafka(), "run", 3);
            // More than the engines can end before they are stopped.
            for (int i = 0; i < 30; i++) {
                byte[] body = longRequest(1900).getBytes(UTF_8);
                Records.produce(second.local().kafka(), "of-a-model-" + i, body);
            }
            await().atMost(PATIENCE).until(() -> has(second, "\"of-a-model-29\""));
        }
        shouldHaveLeftNoEngineInTheRegistry();
        try (TestSystem third = TestSystem.start(work, Setup.VLLM.serving("another-model"))) {
            await().atMost(PATIENCE).until(() -> has(third, "model_not_found"));
            assertThat(Outcome.of(third.client(), "run-after", SHORT.getBytes(UTF_8)).error)
                    .isNull();
        }
    }

    private void shouldHaveLeftNoEngineInTheRegistry() throws Exception {
        try (EmbeddedKafka broker = EmbeddedKafka.start(work.resolve("data/kafka"), 0);
                EngineRegistry registry =
                        EngineRegistry.open(KafkaSettings.of(broker.bootstrapServers()))) {
            assertThat(registry.awaitCaughtUp(PATIENCE)).isTrue();
            assertThat(registry.snapshot().engines()).isEmpty();
        }
    }

    private static String longRequest(int tokens) {
        return "{\"prompt\":\"Once upon a time\",\"max_tokens\":%d,\"ignore_eos\":true,\"temperature\":0}"
                .formatted(tokens);
    }

    private static boolean has(TestSystem system, String words) {
        return Records.all(system.local().kafka(), system.local().kafka().topics().completions())
                .stream()
                .anyMatch(record -> new String(record.value(), UTF_8).contains(words));
    }
}
