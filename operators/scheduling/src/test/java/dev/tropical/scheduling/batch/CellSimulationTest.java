package dev.tropical.scheduling.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.protocol.wire.AdmittedRequest;
import dev.tropical.protocol.wire.ChoiceProgress;
import dev.tropical.protocol.wire.EngineInfo;
import dev.tropical.protocol.wire.EngineStatus;
import dev.tropical.protocol.wire.Retry;
import dev.tropical.protocol.wire.Role;
import dev.tropical.protocol.wire.StepCost;
import dev.tropical.protocol.wire.Submit;
import dev.tropical.scheduling.cost.StepCostModel;
import dev.tropical.scheduling.routing.CellRouter;
import dev.tropical.scheduling.routing.EngineView;
import dev.tropical.scheduling.routing.QueueTimeout;
import dev.tropical.scheduling.routing.QueuedRequest;
import dev.tropical.scheduling.routing.RouteDecision;
import dev.tropical.scheduling.routing.VllmPolicy;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A router over three engines whose statuses come late; one engine dies with all it holds. */
class CellSimulationTest {
    private static final int SEEDS = 30;
    private static final int ENGINES = 3;
    private static final int REQUESTS = 60;
    private static final int MAX_MODEL_LEN = 100;
    private static final long TURN_NS = 1_000_000;
    private static final StepCostModel COST = new StepCostModel(StepCost.getDefaultInstance());

    @Test
    void shouldEndEachRequestOnceThoughAnEngineDies() {
        for (int seed = 0; seed < SEEDS; seed++) {
            try {
                new Cell(seed).run();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
    }

    private static final class Cell {
        private final Random random;
        private final CellRouter router = new CellRouter(0, new VllmPolicy(QueueTimeout.OFF), 0);
        private final Map<String, SimulatedEngine> engines = new HashMap<>();
        private final Map<String, Long> applied = new HashMap<>();
        private final Map<String, Submit> requests = new HashMap<>();
        private final Map<String, List<Integer>> resumed = new HashMap<>();
        private final Set<String> ended = new HashSet<>();
        private long nowNs;
        private long statuses;

        Cell(int seed) {
            random = new Random(seed);
            BatchConfig config = new BatchConfig(16, 4, MAX_MODEL_LEN, true, Integer.MAX_VALUE, 1);
            for (int i = 0; i < ENGINES; i++) {
                String id = "e" + i;
                engines.put(id, new SimulatedEngine(config, 30, 4, null, random.nextBoolean()));
                router.view().onJoined(EngineInfo.newBuilder().setEngineId(id).build());
            }
        }

        void run() {
            int diesAt = 20 + random.nextInt(60);
            for (int turn = 0; ended.size() < REQUESTS; turn++) {
                assertThat(turn).as("turns").isLessThan(10_000);
                nowNs += TURN_NS;
                if (requests.size() < REQUESTS && random.nextBoolean()) {
                    arrive();
                }
                if (turn == diesAt) {
                    die("e" + random.nextInt(ENGINES));
                }
                route();
                for (String id : List.copyOf(engines.keySet())) {
                    engines.get(id).turn();
                    harvest(engines.get(id));
                    if (random.nextInt(8) == 0) {
                        report(id);
                    }
                }
            }
            for (EngineView engine : router.view().engines()) {
                router.view().expireCredits(Long.MAX_VALUE);
                assertThat(engine.unacknowledged()).isZero();
            }
            assertThat(router.queue().size()).isZero();
        }

        private void arrive() {
            int number = requests.size();
            Submit submit =
                    BatchSchedulerSimulationTest.randomSubmit(random, number, MAX_MODEL_LEN);
            requests.put(submit.getKey().getRequestId(), submit);
            assertThat(router.add(QueuedRequest.of(admitted(submit)))).isTrue();
        }

        private AdmittedRequest admitted(Submit submit) {
            return AdmittedRequest.newBuilder()
                    .setId(submit.getKey().getRequestId())
                    .addAllPromptTokenIds(submit.getPromptTokenIdsList())
                    .setArrivedAtMs(nowNs / 1_000_000)
                    .build();
        }

        private void route() {
            for (Optional<CellRouter.Routed> next = router.next(nowNs);
                    next.isPresent();
                    next = router.next(nowNs)) {
                CellRouter.Routed routed = next.get();
                String engine = ((RouteDecision.Dispatch) routed.decision()).engineId();
                String id = routed.request().id();
                Submit.Builder submit = requests.get(id).toBuilder();
                submit.getKeyBuilder().setAttempt(routed.request().attempt());
                submit.addAllGeneratedTokenIds(resumed.getOrDefault(id, List.of()));
                engines.get(engine).add(submit.build());
                applied.put(engine, routed.seq());
            }
        }

        private void harvest(SimulatedEngine engine) {
            for (Sequence sequence : engine.ended.values()) {
                String id = sequence.key().getRequestId();
                assertThat(ended.add(id)).as("ends once").isTrue();
                assertThat(Requests.generated(sequence))
                        .isEqualTo(Requests.expected(requests.get(id), MAX_MODEL_LEN));
            }
            engine.ended.clear();
        }

        private void report(String id) {
            EngineStatus.Builder status =
                    EngineStatus.newBuilder()
                            .setEngineId(id)
                            .setNumber(++statuses)
                            .setRole(Role.DECODE)
                            .setReady(true)
                            .putAppliedSeq(0, applied.getOrDefault(id, 0L));
            engines.get(id).scheduler.report(status, COST, 0, nowNs);
            assertThat(router.view().onStatus(status.build(), nowNs)).isTrue();
        }

        /** Its sequences come back as retries with what they have generated. */
        private void die(String id) {
            SimulatedEngine engine = engines.remove(id);
            for (Submit submit : requests.values()) {
                String request = submit.getKey().getRequestId();
                Optional<Sequence> held =
                        IntStream.range(0, 2)
                                .mapToObj(i -> submit.getKey().toBuilder().setAttempt(i).build())
                                .flatMap(key -> engine.scheduler.find(key).stream())
                                .findFirst();
                if (held.isPresent()) {
                    List<Integer> generated = Requests.generated(held.get());
                    resumed.put(request, generated);
                    Retry retry =
                            Retry.newBuilder()
                                    .setRequest(admitted(submit))
                                    .setAttempt(1)
                                    .setLostEngineId(id)
                                    .addProgress(
                                            ChoiceProgress.newBuilder()
                                                    .addAllGeneratedTokenIds(generated))
                                    .build();
                    assertThat(router.add(QueuedRequest.of(retry))).isTrue();
                }
            }
            router.view().onLost(id);
        }
    }
}
