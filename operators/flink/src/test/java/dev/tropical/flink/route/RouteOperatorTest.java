package dev.tropical.flink.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.protocol.CellDepth;
import dev.tropical.protocol.CellReport;
import dev.tropical.protocol.Lanes;
import dev.tropical.protocol.wire.DecodePlacement;
import dev.tropical.protocol.wire.Dispatch;
import dev.tropical.protocol.wire.LaneInput;
import dev.tropical.protocol.wire.RouteInput;
import dev.tropical.scheduling.routing.QueueTimeout;
import dev.tropical.scheduling.routing.TropicalOptions;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RouteOperatorTest extends RouteHarness {
    @Test
    void shouldHoldRequestUntilAnEngineIsReady() throws Exception {
        start(1, null);
        send(request("r", 3));
        assertThat(outputs()).isEmpty();
        join("d1", 0);
        assertThat(outputs()).isEmpty();
        status("d1", 0, 0);
        assertThat(dispatches())
                .singleElement()
                .satisfies(
                        dispatch -> {
                            assertThat(dispatch.getEngineId()).isEqualTo("d1");
                            assertThat(dispatch.getPlacement())
                                    .isEqualTo(DecodePlacement.DECODE_HERE);
                            assertThat(dispatch.getSeq()).isPositive();
                        });
        assertThat(outputs().get(0).getLane()).isEqualTo(Lanes.of("r"));
    }

    @Test
    void shouldCountItsOwnDispatchesAtOnce() throws Exception {
        start(1, null);
        join("d1", 0);
        join("d2", 0);
        status("d1", 0, 0);
        status("d2", 0, 0);
        for (int i = 0; i < 10; i++) {
            send(request("r" + i, 100));
        }
        assertThat(dispatches().stream().filter(d -> d.getEngineId().equals("d1"))).hasSize(5);
        assertThat(dispatches().stream().map(Dispatch::getSeq)).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void shouldEndQueuedRequestThatIsCancelledAndForwardOtherCancels() throws Exception {
        start(1, null);
        send(request("r", 3));
        send(cancel("r"));
        send(cancel("other"));
        assertThat(outputs().get(0).getError().getCode()).isEqualTo("cancelled");
        assertThat(outputs().get(0).getError().getTerminal()).isTrue();
        assertThat(outputs().get(1).getCancel().getId()).isEqualTo("other");
        join("d1", 0);
        status("d1", 0, 0);
        assertThat(dispatches()).isEmpty();
    }

    @Test
    void shouldRouteRetriesFirstWithTheirProgress() throws Exception {
        start(1, null);
        send(request("new", 3));
        send(retry("old", 1));
        join("d1", 0);
        status("d1", 0, 0);
        assertThat(dispatches().get(0).getRequest().getId()).isEqualTo("old");
        assertThat(dispatches().get(0).getAttempt()).isEqualTo(1);
        assertThat(dispatches().get(0).getProgress(0).getGeneratedTokenIdsList())
                .containsExactly(5);
        assertThat(dispatches().get(0).getFirstTokenAtMs()).isEqualTo(77);
    }

    @Test
    void shouldPreferTheFurtherAttemptOfOneId() throws Exception {
        start(1, null);
        send(request("r", 3));
        send(retry("r", 2));
        send(retry("r", 1));
        join("d1", 0);
        status("d1", 0, 0);
        assertThat(dispatches()).singleElement().extracting(Dispatch::getAttempt).isEqualTo(2);
    }

    @Test
    void shouldKeepQueueOverRestart() throws Exception {
        start(1, null);
        send(request("a", 3));
        send(request("b", 3));
        send(cancel("a"));
        OperatorSubtaskState snapshot = subtasks.get(0).snapshot(1, nowMs);
        closeSubtasks();
        start(1, snapshot);
        join("d1", 0);
        status("d1", 0, 0);
        assertThat(dispatches())
                .singleElement()
                .satisfies(d -> assertThat(d.getRequest().getId()).isEqualTo("b"));
    }

    @ParameterizedTest
    @CsvSource({"1, 2", "2, 3", "3, 4", "4, 8", "8, 3", "3, 1"})
    void shouldMoveCellsWithTheirQueuesWhenRescaled(int before, int after) throws Exception {
        int cells = 24;
        options = RouteOptions.of(RouteMode.VLLM, cells);
        start(before, null);
        for (int cell = 0; cell < cells; cell++) {
            send(input(cell).setRequest(admitted("r" + cell, 3).setCell(cell)).build());
        }
        rescale(after);
        for (int cell = 0; cell < cells; cell++) {
            join("d" + cell, cell);
            status("d" + cell, cell, 0);
        }
        assertThat(dispatches())
                .hasSize(cells)
                .allSatisfy(
                        dispatch ->
                                assertThat(dispatch.getEngineId())
                                        .isEqualTo("d" + dispatch.getRequest().getCell()));
        for (KeyedOneInputStreamOperatorTestHarness<Integer, RouteInput, LaneInput> subtask :
                subtasks) {
            assertThat(subtask.extractOutputValues())
                    .as("cells of a subtask")
                    .hasSize(cells / after);
        }
    }

    @ParameterizedTest
    @CsvSource({"4, 1, 2, 1", "4, 1, 3, 2", "3, 2, 4, 1", "2, 1, 5, 3"})
    void shouldSendQueuesOfAnotherNumberOfCellsToTheCellsOfNow(
            int cellsBefore, int before, int cells, int after) throws Exception {
        options = RouteOptions.of(RouteMode.VLLM, cellsBefore);
        start(before, null);
        Set<String> ids = new HashSet<>();
        for (int cell = 0; cell < cellsBefore; cell++) {
            ids.add("r" + cell);
            send(input(cell).setRequest(admitted("r" + cell, 3).setCell(cell)).build());
        }
        options = RouteOptions.of(RouteMode.VLLM, cells);
        rescale(after);
        advance(1);
        List<Dispatch> sent = dispatches();
        assertThat(sent)
                .isNotEmpty()
                .allSatisfy(
                        dispatch -> {
                            assertThat(dispatch.getEngineId()).isEmpty();
                            assertThat(dispatch.getRequest().getCell()).isBetween(0, cells - 1);
                        });
        rescale(1); // none of them is in the state any more, all others still are
        for (int cell = 0; cell < cells; cell++) {
            join("d" + cell, cell);
            status("d" + cell, cell, 0);
        }
        Set<String> seen = new HashSet<>();
        sent.forEach(dispatch -> seen.add(dispatch.getRequest().getId()));
        dispatches().forEach(dispatch -> seen.add(dispatch.getRequest().getId()));
        assertThat(seen).isEqualTo(ids);
        assertThat(sent.size() + dispatches().size()).isEqualTo(ids.size());
    }

    @Test
    void shouldTellTheLaneOfARequestOfAFormerCellAheadOfItsCancel() throws Exception {
        options = RouteOptions.of(RouteMode.VLLM, 4);
        start(1, null);
        send(input(3).setRequest(admitted("r", 3).setCell(3)).build());
        options = RouteOptions.of(RouteMode.VLLM, 1);
        rescale(1);
        send(cancel("r"));
        assertThat(outputs())
                .extracting(LaneInput::getBodyCase)
                .containsExactly(LaneInput.BodyCase.DISPATCH, LaneInput.BodyCase.CANCEL);
    }

    @Test
    void shouldRejectAtTheTimeoutWithoutAnyEvent() throws Exception {
        options = new RouteOptions(RouteMode.VLLM, 1, QueueTimeout.BY_SLO, TropicalOptions.DEFAULT);
        start(1, null);
        send(request("r", 3));
        advance(9_000);
        assertThat(outputs()).isEmpty();
        advance(2_000);
        assertThat(outputs())
                .singleElement()
                .satisfies(o -> assertThat(o.getError().getCode()).isEqualTo("queue_timeout"));
    }

    @Test
    void shouldRejectRestoredRequestAtTheTimeoutWithoutAnyEvent() throws Exception {
        options = new RouteOptions(RouteMode.VLLM, 1, QueueTimeout.BY_SLO, TropicalOptions.DEFAULT);
        start(1, null);
        send(request("r", 3));
        rescale(1);
        advance(11_000);
        assertThat(outputs())
                .singleElement()
                .satisfies(o -> assertThat(o.getError().getCode()).isEqualTo("queue_timeout"));
    }

    @Test
    void shouldReportTwiceASecondAndTheGateAtOnce() throws Exception {
        start(1, null);
        advance(1);
        assertThat(depths()).containsExactly(new CellDepth(0, 0, 0, true));
        send(request("a", 3));
        send(request("b", 3));
        assertThat(depths()).hasSize(1);
        advance(RouteOperator.REPORT_MS);
        assertThat(depths()).hasSize(2);
        assertThat(depths().get(1).queuedRequests()).isEqualTo(2);
        advance(RouteOperator.REPORT_MS);
        assertThat(depths()).hasSize(3); // the job still runs
        for (int i = 0; i < 1_024; i++) {
            send(request("r" + i, 1));
        }
        assertThat(depths()).hasSize(4);
        assertThat(depths().get(3).isOpen()).isFalse();
    }

    @Test
    void shouldReportEnginesAndDecisions() throws Exception {
        start(1, null);
        join("d1", 0);
        status("d1", 0, 0);
        send(request("r", 3));
        advance(RouteOperator.REPORT_MS);
        CellReport newest = reports().get(reports().size() - 1);
        assertThat(newest.engines())
                .singleElement()
                .satisfies(
                        engine -> {
                            assertThat(engine.id()).isEqualTo("d1");
                            assertThat(engine.role()).isEqualTo("decode");
                            assertThat(engine.isUp()).isTrue();
                        });
        assertThat(newest.decisions().values()).containsExactly(1L);
    }

    @Test
    void shouldLetEngineOfUnknownCellJoinOneThatExists() throws Exception {
        start(1, null);
        send(request("r", 3));
        join("d1", 5);
        status("d1", 5, 0);
        assertThat(dispatches()).hasSize(1);
    }
}
