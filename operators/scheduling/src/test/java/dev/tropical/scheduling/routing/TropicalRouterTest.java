package dev.tropical.scheduling.routing;

import static dev.tropical.scheduling.routing.TropicalCell.MS;
import static dev.tropical.scheduling.routing.TropicalCell.NOTHING;
import static dev.tropical.scheduling.routing.TropicalCell.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.protocol.ErrorCode;
import dev.tropical.protocol.wire.EngineStatus;
import dev.tropical.protocol.wire.Role;
import dev.tropical.protocol.wire.Slo;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Queue, view and policy together: what depends on more than one decision. */
class TropicalRouterTest {
    private final CellRouter router =
            new CellRouter(Cells.CELL, new TropicalPolicy(TropicalOptions.DEFAULT), 0);
    private long statuses;

    private void status(String id, Role role, UnaryOperator<EngineStatus.Builder> fill) {
        router.view().onJoined(Cells.info(id, role));
        EngineStatus.Builder status =
                Cells.status(id, role, ++statuses)
                        .setCost(TropicalCell.COST)
                        .setMaxNumBatchedTokens(1_000)
                        .setMinSpareSlackNs(Long.MAX_VALUE);
        assertThat(router.view().onStatus(fill.apply(status).build(), 0)).isTrue();
    }

    /** What leaves the queue at an instant: "id rule engine". */
    private List<String> routed(long nowMs) {
        List<String> all = new ArrayList<>();
        for (Optional<CellRouter.Routed> next = router.next(nowMs * MS);
                next.isPresent();
                next = router.next(nowMs * MS)) {
            RouteDecision decision = next.get().decision();
            String what =
                    decision instanceof RouteDecision.Dispatch dispatch
                            ? dispatch.rule() + " " + dispatch.engineId()
                            : ((RouteDecision.Reject) decision).code().toString();
            all.add(next.get().request().id() + " " + what);
        }
        return all;
    }

    @Test
    void shouldFillIdlePrefillAndDecodeEnginesShortestFirstAndNeverTwoIntoOneGap() {
        status("p", Role.PREFILL, NOTHING);
        status("d", Role.DECODE, NOTHING);
        router.add(request("long", 300, 5_000));
        router.add(request("short", 100, 5_000));
        router.add(request("middle", 200, 5_000));
        assertThat(routed(0)).containsExactly("short idle p", "middle multiplexed d");
        assertThat(router.counts().all())
                .containsOnly(
                        java.util.Map.entry("idle", 1L),
                        java.util.Map.entry("multiplexed", 1L),
                        java.util.Map.entry("waited", 1L));
    }

    @Test
    void shouldLookOnlyAtTheHead() {
        status(
                "p",
                Role.PREFILL,
                status -> status.setRunningPrefills(1).setPredictedPrefillEndNs(300 * MS));
        // The short one misses its deadline behind the running prefill; the long one would not.
        router.add(request("short", 90, 350));
        router.add(request("long", 91, 5_000));
        assertThat(routed(0)).isEmpty();
    }

    @Test
    void shouldRejectAfterTheTimeoutAndWakeUpForIt() {
        router.add(request("r", 90, 500));
        router.add(request("patient", 90, 6_000));
        assertThat(routed(0)).isEmpty();
        assertThat(router.wakeAtNs()).isEqualTo(10_000 * MS);
        assertThat(routed(9_999)).isEmpty();
        assertThat(routed(10_000)).containsExactly("r " + ErrorCode.QUEUE_TIMEOUT);
        assertThat(router.wakeAtNs()).isEqualTo(12_000 * MS);
        assertThat(router.counts().of("rejected")).isEqualTo(1);
        assertThat(router.counts().of("waited")).as("held many times, counted once").isEqualTo(1);
    }

    @Test
    void shouldKeepTheObjectivesThatARequestWasQueuedWith() {
        status(
                "p",
                Role.PREFILL,
                status -> status.setRunningPrefills(1).setPredictedPrefillEndNs(60_000 * MS));
        // 3000 tokens take 3 steps of 10 ms and 3 s: 5 x 3.03 s, given up after twice as much.
        router.add(TropicalCell.request("r", 3_000, Slo.getDefaultInstance()));
        status("p", Role.PREFILL, status -> status.setRunningPrefills(1).clearCost());
        assertThat(routed(0)).isEmpty();
        assertThat(router.wakeAtNs()).isEqualTo(30_300 * MS);
    }
}
