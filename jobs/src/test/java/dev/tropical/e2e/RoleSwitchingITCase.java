package dev.tropical.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tropical.protocol.wire.EngineStatus;
import dev.tropical.protocol.wire.Role;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One prefill and two decode engines whose roles follow the load, under prompts alone. */
@Tag("long")
class RoleSwitchingITCase {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int PROMPTS = 300;

    @TempDir Path work;

    @Test
    void shouldGiveADecodeEngineToPrefillWhilePromptsWait() throws Exception {
        Map<String, String> options =
                Map.of("tropical.role-switching", "true", "tropical.role-sustain", "1 s");
        try (TestSystem system = TestSystem.tropical(work, options)) {
            assertThat(system.engines().awaitStatuses(3, PATIENCE)).isTrue();
            assertThat(prefillEngines(system)).isEqualTo(1);
            Outcome alone = Outcome.of(system.client(), body());
            List<String> bodies = new ArrayList<>();
            for (int i = 0; i < PROMPTS; i++) {
                bodies.add(body());
            }
            Streams streams = Streams.submit(system.client(), "prompts", bodies);
            await().atMost(PATIENCE).until(() -> prefillEngines(system) == 2);
            for (Outcome outcome : streams.await()) {
                assertThat(outcome.error).isNull();
                assertThat(outcome.tokens).isEqualTo(alone.tokens);
                assertThat(outcome.text()).isEqualTo(alone.text());
            }
            Records.assertOneEndingEach(system.local().kafka(), "prompts", PROMPTS);
            assertThat(prefillEngines(system)).as("decode was never short").isEqualTo(2);
        }
    }

    private static long prefillEngines(TestSystem system) {
        return system.statuses().values().stream()
                .map(EngineStatus::getRole)
                .filter(role -> role == Role.PREFILL)
                .count();
    }

    /** A long prompt for a few tokens; nobody gives up, and no decode is ever short of time. */
    private static String body() {
        return "{\"prompt\":\""
                + "The dog and the bird went to the river to find a red boat. ".repeat(30)
                + "\",\"temperature\":0,\"max_tokens\":4,\"ignore_eos\":true,"
                + "\"slo\":{\"ttft_ms\":600000,\"tpot_ms\":10000}}";
    }
}
