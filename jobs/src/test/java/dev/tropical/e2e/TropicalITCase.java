package dev.tropical.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tropical.protocol.wire.EngineStatus;
import dev.tropical.protocol.wire.Role;
import dev.tropical.protocol.wire.StepCost;
import dev.tropical.scheduling.cost.StepTime;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Mode tropical on one prefill and two decode engines that have measured themselves. The queue's
 * time-out is 3 s.
 */
class TropicalITCase {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final List<String> RULES = List.of("idle", "fits", "multiplexed", "waited");

    /** Tries until each rule has decided: how fast the machine is decides which ones do. */
    private static final int MAX_BURSTS = 8;

    private static final int PROMPTS = 64;

    /** Different ones among them, of 1 to 8 sentences. */
    private static final int STORIES = 8;

    private static final double NS_PER_MS = 1e6;

    /** Of a step whose cost is not known. */
    private static final long MIN_STEP_NS = 1_000_000;

    @TempDir static Path work;
    private static TestSystem system;
    private static FlinkMetrics metrics;

    @BeforeAll
    static void start() throws Exception {
        system = TestSystem.tropical(work, Map.of("tropical.queue-timeout-floor", "3 s"));
        metrics = new FlinkMetrics(system.local().flink().address());
    }

    @AfterAll
    static void stop() {
        if (system != null) {
            system.close();
        }
    }

    @Test
    void shouldDecideByEachRuleAndAnswerAllRight() throws Exception {
        assertThat(system.engines().awaitStatuses(3, PATIENCE)).isTrue();
        List<Outcome> alone = new ArrayList<>();
        for (int i = 0; i < STORIES; i++) {
            alone.add(Outcome.of(system.client(), body(i, "")));
        }
        Map<String, Double> before = decisions();
        for (int burst = 0; burst < MAX_BURSTS; burst++) {
            runBurst(alone);
            system.awaitIdle();
            if (!increase(before).containsValue(0.0)) {
                break;
            }
        }
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(increase(before)).doesNotContainValue(0.0));
    }

    /** 64 prompts at once; what was not rejected by the time-out must be right. */
    private static void runBurst(List<Outcome> alone) throws Exception {
        StepCost prefill = cost(Role.PREFILL);
        StepCost decode = cost(Role.DECODE);
        List<String> bodies = new ArrayList<>();
        for (int i = 0; i < PROMPTS; i++) {
            int tokens = alone.get(i % STORIES).usage.promptTokens();
            long ttftNs = 20 * Math.max(MIN_STEP_NS, StepTime.prefillNs(prefill, tokens, 0, 8_192));
            long tpotNs = 10 * Math.max(MIN_STEP_NS, StepTime.decodeNs(decode, 1, tokens));
            bodies.add(body(i, slo(ttftNs, tpotNs)));
        }
        List<Outcome> outcomes =
                Streams.submit(system.client(), "burst-" + System.nanoTime(), bodies).await();
        int answered = 0;
        for (int i = 0; i < PROMPTS; i++) {
            Outcome outcome = outcomes.get(i);
            if (outcome.error == null) {
                assertSame(outcome, alone.get(i % STORIES));
                answered++;
            } else {
                assertThat(outcome.error.code()).isEqualTo("queue_timeout");
            }
        }
        assertThat(answered).isPositive();
    }

    @Test
    void shouldKeepEveryTextWhileRolesAreSwappedUnderLoad() throws Exception {
        String slo = slo(600_000_000_000L, 1_000_000_000L);
        List<String> bodies = new ArrayList<>();
        List<Outcome> alone = new ArrayList<>();
        for (int i = 0; i < STORIES; i++) {
            bodies.add(body(i, slo));
            alone.add(Outcome.of(system.client(), bodies.get(i)));
        }
        List<String> load = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            load.add(bodies.get(i % bodies.size()));
        }
        String run = "swap-" + System.nanoTime();
        Streams streams = Streams.submit(system.client(), run, load);
        for (int swap = 0; swap < 10; swap++) {
            // The next engine prefills, then the last one decodes: there are always some of both.
            system.engines().setRole("engine-" + (swap + 1) % 3, Role.PREFILL, PATIENCE);
            system.engines().setRole("engine-" + swap % 3, Role.DECODE, PATIENCE);
        }
        assertThat(streams.areEnded()).as("all ended before the last swap").isFalse();
        List<Outcome> outcomes = streams.await();
        for (int i = 0; i < outcomes.size(); i++) {
            assertSame(outcomes.get(i), alone.get(i % STORIES));
        }
        Records.assertOneEndingEach(system.local().kafka(), run, load.size());
        system.awaitIdle();
    }

    private static void assertSame(Outcome outcome, Outcome alone) {
        assertThat(outcome.error).isNull();
        assertThat(outcome.tokens).isEqualTo(alone.tokens);
        assertThat(outcome.text()).isEqualTo(alone.text());
        assertThat(outcome.finishes).hasSize(1);
    }

    // ---- requests and what is known of them

    private static String body(int number, String slo) {
        String story = "The dog and the bird went to the river to find a red boat. ";
        return "{\"prompt\":\""
                + story.repeat(1 + number % STORIES)
                + "\",\"temperature\":0,\"max_tokens\":40,\"ignore_eos\":true"
                + slo
                + "}";
    }

    private static String slo(long ttftNs, long tpotNs) {
        return String.format(
                Locale.ROOT,
                ",\"slo\":{\"ttft_ms\":%.3f,\"tpot_ms\":%.3f}",
                ttftNs / NS_PER_MS,
                tpotNs / NS_PER_MS);
    }

    /** Of an engine of the role; one on a busy machine may learn it only while it serves. */
    private static StepCost cost(Role role) {
        return system.statuses().values().stream()
                .filter(status -> status.getRole() == role)
                .map(EngineStatus::getCost)
                .findFirst()
                .orElseThrow();
    }

    private static Map<String, Double> increase(Map<String, Double> before) throws Exception {
        Map<String, Double> now = decisions();
        now.replaceAll((rule, count) -> count - before.get(rule));
        return now;
    }

    private static Map<String, Double> decisions() throws Exception {
        Map<String, Double> decisions = new LinkedHashMap<>();
        for (String rule : RULES) {
            decisions.put(rule, metrics.sum("route", "rule." + rule + ".decisions"));
        }
        return decisions;
    }
}
