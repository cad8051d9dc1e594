package dev.tropical.scheduling.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.protocol.ErrorCode;
import dev.tropical.protocol.wire.AdmittedRequest;
import dev.tropical.protocol.wire.ChoiceProgress;
import dev.tropical.protocol.wire.Retry;
import dev.tropical.protocol.wire.Role;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CellRouterTest {
    private CellRouter router = new CellRouter(Cells.CELL, new VllmPolicy(QueueTimeout.OFF), 40);

    private void engine(String id, long number, long nowNs) {
        router.view().onJoined(Cells.info(id, Role.DECODE));
        router.view().onStatus(Cells.status(id, Role.DECODE, number).build(), nowNs);
    }

    private static String engineOf(CellRouter.Routed routed) {
        return ((RouteDecision.Dispatch) routed.decision()).engineId();
    }

    @Test
    void shouldSpreadDispatchesBetweenTwoStatuses() {
        engine("a", 1, 0);
        engine("b", 1, 0);
        engine("c", 1, 0);
        Map<String, Integer> dispatched = new HashMap<>();
        for (int i = 0; i < 30; i++) {
            router.add(Cells.request("r" + i, 10, i));
            String engine = engineOf(router.next(0).orElseThrow());
            dispatched.merge(engine, 1, Integer::sum);
        }
        assertThat(dispatched).isEqualTo(Map.of("a", 10, "b", 10, "c", 10));
    }

    @Test
    void shouldNumberDispatchesFromTheLastNumberOn() {
        engine("a", 1, 0);
        router.add(Cells.request("r", 10, 0));
        router.add(Cells.request("s", 10, 1));
        assertThat(router.next(0).orElseThrow().seq()).isEqualTo(41);
        assertThat(router.next(0).orElseThrow().seq()).isEqualTo(42);
        assertThat(router.next(0)).isEmpty();
    }

    @Test
    void shouldHoldUntilAnEngineIsUp() {
        router.add(Cells.request("r", 10, 0));
        assertThat(router.next(0)).isEmpty();
        assertThat(router.wakeAtNs()).isEqualTo(Long.MAX_VALUE);
        engine("a", 1, 3_600 * Cells.SECOND);
        assertThat(router.next(3_600 * Cells.SECOND)).isPresent();
        assertThat(router.queue().size()).isZero();
    }

    @Test
    void shouldRejectWhatWaitedTooLongEvenBehindTheHead() {
        router = new CellRouter(Cells.CELL, new VllmPolicy(QueueTimeout.BY_SLO), 0);
        router.add(Cells.retry("retry", 0, "gone"));
        router.add(Cells.request("r", 10, 0));
        router.add(Cells.request("s", 10, Cells.SECOND));
        assertThat(router.next(11 * Cells.SECOND)).isEmpty();
        assertThat(router.wakeAtNs()).isEqualTo(12 * Cells.SECOND);
        CellRouter.Routed routed = router.next(12 * Cells.SECOND).orElseThrow();
        assertThat(routed.request().id()).isEqualTo("r");
        assertThat(routed.decision())
                .isEqualTo(
                        new RouteDecision.Reject(
                                ErrorCode.QUEUE_TIMEOUT,
                                "no engine could take the request within 12000 ms"));
        assertThat(router.next(12 * Cells.SECOND)).isEmpty();
        assertThat(router.wakeAtNs()).isEqualTo(13 * Cells.SECOND);
        router.next(99 * Cells.SECOND);
        assertThat(router.next(99 * Cells.SECOND)).as("retries never time out").isEmpty();
        assertThat(router.queue().head().orElseThrow().id()).isEqualTo("retry");
    }

    @Test
    void shouldTakeACancelledRequestOut() {
        router = new CellRouter(Cells.CELL, new VllmPolicy(QueueTimeout.BY_SLO), 0);
        router.add(Cells.request("r", 10, 0));
        assertThat(router.remove("r")).isPresent();
        assertThat(router.remove("r")).isEmpty();
        assertThat(router.wakeAtNs()).isEqualTo(Long.MAX_VALUE);
        assertThat(router.next(99 * Cells.SECOND)).isEmpty();
    }

    @Test
    void shouldNotSendARetryBackToTheEngineThatWasLost() {
        engine("a", 1, 0);
        engine("b", 1, 0);
        router.view().onDispatch("b", 1, Cells.request("other", 500, 0), 0);
        router.add(Cells.retry("r", 0, "a"));
        assertThat(engineOf(router.next(0).orElseThrow())).isEqualTo("b");
    }

    @Test
    void shouldWakeWhenALapsedCreditMayMakeRoom() {
        router.view().onJoined(Cells.info("a", Role.DECODE));
        router.view().onStatus(Cells.status("a", Role.DECODE, 1).setWaiting(255).build(), 0);
        router.add(Cells.request("r", 10, 0));
        router.add(Cells.request("s", 10, 1));
        assertThat(router.next(0)).isPresent();
        assertThat(router.next(0)).isEmpty();
        assertThat(router.wakeAtNs()).isEqualTo(2 * Cells.SECOND);
    }

    @Test
    void shouldCountEachUnfinishedChoiceOfARetry() {
        AdmittedRequest request =
                AdmittedRequest.newBuilder()
                        .setId("r")
                        .setN(3)
                        .addPromptTokenIds(1)
                        .addPromptTokenIds(2)
                        .setArrivedAtMs(5)
                        .build();
        Retry retry =
                Retry.newBuilder()
                        .setRequest(request)
                        .setAttempt(1)
                        .setLostEngineId("a")
                        .addProgress(
                                ChoiceProgress.newBuilder()
                                        .setChoice(0)
                                        .addGeneratedTokenIds(9)
                                        .setFinished(true))
                        .addProgress(
                                ChoiceProgress.newBuilder().setChoice(1).addGeneratedTokenIds(9))
                        .build();
        assertThat(QueuedRequest.of(request).executingTokens()).isEqualTo(6);
        QueuedRequest queued = QueuedRequest.of(retry);
        assertThat(queued.executingTokens()).isEqualTo(2 * 2 + 1);
        assertThat(queued.isRetry()).isTrue();
        assertThat(queued.arrivedNs()).isEqualTo(5_000_000);
    }
}
