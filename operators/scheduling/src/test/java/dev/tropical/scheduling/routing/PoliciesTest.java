package dev.tropical.scheduling.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.protocol.wire.DecodePlacement;
import dev.tropical.protocol.wire.Role;
import org.junit.jupiter.api.Test;

class PoliciesTest {
    private final CellView view = new CellView(Cells.CELL);
    private final RoutingPolicy vllm = new VllmPolicy(QueueTimeout.OFF);
    private final RoutingPolicy distServe = new DistServePolicy(QueueTimeout.OFF);

    private void engine(String id, Role role, long executingTokens, int waiting) {
        view.onJoined(Cells.info(id, role));
        view.onStatus(
                Cells.status(id, role, 1)
                        .setExecutingTokens(executingTokens)
                        .setWaiting(waiting)
                        .build(),
                0);
    }

    private RouteDecision decide(RoutingPolicy policy) {
        return policy.decide(Cells.request("r", 10, 0), view, 0);
    }

    private static RouteDecision to(String id, DecodePlacement placement) {
        return new RouteDecision.Dispatch(id, placement, "fewest-tokens");
    }

    @Test
    void shouldTakeTheLeastLoadedOfAllEnginesInModeVllm() {
        engine("a", Role.PREFILL, 30, 0);
        engine("b", Role.DECODE, 20, 0);
        engine("c", Role.PREFILL, 25, 0);
        assertThat(decide(vllm)).isEqualTo(to("b", DecodePlacement.DECODE_HERE));
    }

    @Test
    void shouldTakeTheLeastLoadedPrefillEngineInModeDistServe() {
        engine("a", Role.PREFILL, 30, 0);
        engine("b", Role.DECODE, 20, 0);
        engine("c", Role.PREFILL, 25, 0);
        assertThat(decide(distServe)).isEqualTo(to("c", DecodePlacement.DECODE_PEER));
    }

    @Test
    void shouldHoldInModeDistServeWithoutADecodeEngine() {
        engine("a", Role.PREFILL, 0, 0);
        assertThat(decide(distServe)).isEqualTo(RouteDecision.Hold.UNTIL_EVENT);
    }

    @Test
    void shouldGiveTiesToTheFirstId() {
        engine("b", Role.DECODE, 20, 0);
        engine("a", Role.DECODE, 20, 0);
        assertThat(decide(vllm)).isEqualTo(to("a", DecodePlacement.DECODE_HERE));
    }

    @Test
    void shouldHoldWhenEveryEnginesQueueIsFull() {
        engine("a", Role.DECODE, 20, 256);
        assertThat(decide(vllm)).isEqualTo(RouteDecision.Hold.UNTIL_EVENT);
        engine("b", Role.DECODE, 90, 255);
        assertThat(decide(vllm)).isEqualTo(to("b", DecodePlacement.DECODE_HERE));
        view.onDispatch("b", 1, Cells.request("r", 10, 0), 0);
        assertThat(decide(vllm))
                .as("b's last place is taken")
                .isInstanceOf(RouteDecision.Hold.class);
    }

    @Test
    void shouldHoldWhileNoEngineIsReady() {
        assertThat(decide(vllm)).isEqualTo(RouteDecision.Hold.UNTIL_EVENT);
        view.onJoined(Cells.info("a", Role.DECODE));
        view.onStatus(Cells.status("a", Role.DECODE, 1).setReady(false).build(), 0);
        assertThat(decide(vllm)).isEqualTo(RouteDecision.Hold.UNTIL_EVENT);
    }

    @Test
    void shouldTimeOutOnlyWhenToldTo() {
        QueuedRequest request = Cells.request("r", 10, 7);
        assertThat(vllm.timeoutAtNs(request)).isEqualTo(Long.MAX_VALUE);
        assertThat(new VllmPolicy(QueueTimeout.BY_SLO).timeoutAtNs(request))
                .as("2 x 6 s after its arrival")
                .isEqualTo(7 + 12 * Cells.SECOND);
    }
}
