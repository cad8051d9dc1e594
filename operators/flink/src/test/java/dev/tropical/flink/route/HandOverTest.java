package dev.tropical.flink.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.protocol.CellDepth;
import dev.tropical.protocol.Lanes;
import dev.tropical.protocol.wire.Dispatch;
import dev.tropical.protocol.wire.EngineStatus;
import dev.tropical.protocol.wire.Retry;
import dev.tropical.protocol.wire.Role;
import dev.tropical.protocol.wire.RouteInput;
import dev.tropical.scheduling.routing.QueueTimeout;
import dev.tropical.scheduling.routing.TropicalOptions;
import org.junit.jupiter.api.Test;

/** Cells without engines, through the operator. */
class HandOverTest extends RouteHarness {
    private static final long START_MS = HandOver.START_NS / 1_000_000;
    private static final long ROUND_MS = HandOver.ROUND_NS / 1_000_000;

    @Test
    void shouldHandTheQueueOfACellWithoutEnginesOn() throws Exception {
        options = RouteOptions.of(RouteMode.VLLM, 2);
        start(1, null);
        send(inCell(1, "early"));
        advance(START_MS - 1);
        assertThat(outputs()).isEmpty();
        advance(RouteOperator.REPORT_MS);
        send(inCell(1, "late"));
        assertThat(dispatches())
                .hasSize(2)
                .allSatisfy(
                        dispatch -> {
                            assertThat(dispatch.getEngineId()).isEmpty();
                            assertThat(dispatch.getRequest().getCell()).isZero();
                            assertThat(dispatch.getHandOvers()).isEqualTo(1);
                        });
        assertThat(outputs().get(0).getLane()).isEqualTo(Lanes.of("early"));
        rescale(1);
        join("d1", 1);
        status("d1", 1, 0);
        assertThat(outputs()).as("nothing is left in the cell's state").isEmpty();
    }

    @Test
    void shouldHandOnTwoSecondsAfterTheLastEngineFellSilent() throws Exception {
        options = RouteOptions.of(RouteMode.VLLM, 2);
        start(1, null);
        join("d1", 1);
        for (int i = 0; i < 30; i++) {
            send(full("d1", Role.DECODE));
            advance(RouteOperator.REPORT_MS);
        }
        send(inCell(1, "r"));
        for (int i = 0; i < 3; i++) { // it was ready half a second after its status, not later
            advance(RouteOperator.REPORT_MS);
        }
        assertThat(outputs()).isEmpty();
        advance(RouteOperator.REPORT_MS);
        advance(RouteOperator.REPORT_MS);
        assertThat(dispatches()).singleElement().extracting(Dispatch::getEngineId).isEqualTo("");
    }

    @Test
    void shouldKeepTheGateOpenWhileACellHasNoEngines() throws Exception {
        options = RouteOptions.of(RouteMode.VLLM, 2);
        start(1, null);
        advance(START_MS);
        for (int i = 0; i < 2_000; i++) {
            send(inCell(1, "r" + i));
        }
        advance(RouteOperator.REPORT_MS);
        assertThat(dispatches()).hasSize(2_000);
        assertThat(depths()).allMatch(CellDepth::isOpen);
    }

    @Test
    void shouldHoldTheQueueOfACellWhoseEnginesAreBusy() throws Exception {
        options = RouteOptions.of(RouteMode.VLLM, 2);
        start(1, null);
        join("d1", 1);
        send(inCell(1, "r"));
        for (int i = 0; i < 30; i++) {
            send(full("d1", Role.DECODE));
            advance(RouteOperator.REPORT_MS);
        }
        assertThat(outputs()).isEmpty();
    }

    @Test
    void shouldHandOnWhereAPromptWouldFindNoDecodeEngine() throws Exception {
        options = RouteOptions.of(RouteMode.DISTSERVE, 2);
        start(1, null);
        join("p1", 1);
        send(inCell(1, "r"));
        for (int i = 0; i < 30; i++) {
            send(full("p1", Role.PREFILL));
            advance(RouteOperator.REPORT_MS);
        }
        assertThat(dispatches()).singleElement().extracting(Dispatch::getEngineId).isEqualTo("");
    }

    @Test
    void shouldRestWhereNoCellHasEnginesUntilTheNextRound() throws Exception {
        options = RouteOptions.of(RouteMode.VLLM, 2);
        start(1, null);
        advance(START_MS); // a round begins
        send(handedOver("r", 0));
        advance(ROUND_MS - 1);
        assertThat(outputs()).isEmpty();
        advance(RouteOperator.REPORT_MS);
        assertThat(dispatches())
                .singleElement()
                .satisfies(
                        dispatch -> {
                            assertThat(dispatch.getRequest().getCell()).isEqualTo(1);
                            assertThat(dispatch.getAttempt()).isEqualTo(1);
                            assertThat(dispatch.getHandOvers()).isEqualTo(2);
                        });
    }

    @Test
    void shouldDispatchWhatAnotherCellHandedOver() throws Exception {
        options = RouteOptions.of(RouteMode.VLLM, 2);
        start(1, null);
        join("d0", 0);
        status("d0", 0, 0);
        send(handedOver("r", 0));
        assertThat(dispatches())
                .singleElement()
                .satisfies(
                        dispatch -> {
                            assertThat(dispatch.getEngineId()).isEqualTo("d0");
                            assertThat(dispatch.getAttempt()).isEqualTo(1);
                            assertThat(dispatch.getHandOvers()).isZero();
                        });
    }

    @Test
    void shouldRejectWhatWasHandedOverAtItsTimeout() throws Exception {
        options = new RouteOptions(RouteMode.VLLM, 2, QueueTimeout.BY_SLO, TropicalOptions.DEFAULT);
        start(1, null);
        join("d0", 0);
        send(handedOver("r", 0));
        for (int i = 0; i < 25; i++) {
            send(full("d0", Role.DECODE));
            advance(RouteOperator.REPORT_MS);
        }
        assertThat(outputs())
                .singleElement()
                .satisfies(
                        output -> {
                            assertThat(output.getError().getCode()).isEqualTo("queue_timeout");
                            assertThat(output.getError().getAttempt()).isEqualTo(1);
                        });
    }

    private RouteInput inCell(int cell, String id) {
        return input(cell).setRequest(admitted(id, 3).setCell(cell)).build();
    }

    private RouteInput handedOver(String id, int toCell) {
        return input(toCell)
                .setRetry(
                        Retry.newBuilder()
                                .setRequest(admitted(id, 3).setCell(toCell))
                                .setAttempt(1)
                                .setHandOvers(1))
                .build();
    }

    /** A status of a ready engine that takes no more. */
    private RouteInput full(String engine, Role role) {
        int cell = Integer.parseInt(engine.substring(1));
        EngineStatus.Builder status = newStatus(engine, cell).setRole(role).setWaiting(256);
        return input(cell).setStatus(status).build();
    }
}
