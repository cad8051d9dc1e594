package dev.tropical.flink.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.flink.state.KeyGroups;
import dev.tropical.kafka.ProtobufTypeInfo;
import dev.tropical.protocol.CellDepth;
import dev.tropical.protocol.CellReport;
import dev.tropical.protocol.Lanes;
import dev.tropical.protocol.wire.AdmittedRequest;
import dev.tropical.protocol.wire.CancelRequest;
import dev.tropical.protocol.wire.DecodePlacement;
import dev.tropical.protocol.wire.Dispatch;
import dev.tropical.protocol.wire.EngineInfo;
import dev.tropical.protocol.wire.EngineStatus;
import dev.tropical.protocol.wire.LaneInput;
import dev.tropical.protocol.wire.Membership;
import dev.tropical.protocol.wire.Retry;
import dev.tropical.protocol.wire.Role;
import dev.tropical.protocol.wire.RouteInput;
import dev.tropical.scheduling.routing.QueueTimeout;
import dev.tropical.scheduling.routing.TropicalOptions;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RouteOperatorTest {
    private final List<KeyedOneInputStreamOperatorTestHarness<Integer, RouteInput, LaneInput>>
            subtasks = new ArrayList<>();
    private RouteOptions options = RouteOptions.of(RouteMode.VLLM, 1);
    private long nowMs = 1_000_000;
    private long statusNumber;

    @AfterEach
    void closeSubtasks() throws Exception {
        for (AbstractStreamOperatorTestHarness<?> subtask : subtasks) {
            subtask.close();
        }
        subtasks.clear();
    }

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

    @Test
    void shouldMoveCellsWithTheirQueuesWhenRescaled() throws Exception {
        options = RouteOptions.of(RouteMode.VLLM, 8);
        start(1, null);
        for (int cell = 0; cell < 8; cell++) {
            send(input(cell).setRequest(admitted("r" + cell, 3).setCell(cell)).build());
        }
        OperatorSubtaskState snapshot = subtasks.get(0).snapshot(1, nowMs);
        closeSubtasks();
        start(4, snapshot);
        for (int cell = 0; cell < 8; cell++) {
            join("d" + cell, cell);
            status("d" + cell, cell, 0);
        }
        assertThat(dispatches().stream().map(d -> d.getRequest().getId()))
                .containsExactlyInAnyOrder("r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7");
        for (KeyedOneInputStreamOperatorTestHarness<Integer, RouteInput, LaneInput> subtask :
                subtasks) {
            assertThat(subtask.extractOutputValues()).hasSize(2);
        }
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

    // ---- harness -----------------------------------------------------------------------------

    private void start(int parallelism, OperatorSubtaskState snapshot) throws Exception {
        for (int i = 0; i < parallelism; i++) {
            KeyedOneInputStreamOperatorTestHarness<Integer, RouteInput, LaneInput> subtask =
                    new KeyedOneInputStreamOperatorTestHarness<>(
                            new RouteOperatorFactory(options),
                            new CellKey(options),
                            Types.INT,
                            KeyGroups.COUNT,
                            parallelism,
                            i);
            subtasks.add(subtask);
            subtask.setProcessingTime(nowMs);
            subtask.setup(
                    new ProtobufTypeInfo<>(LaneInput.class)
                            .createSerializer(new SerializerConfigImpl()));
            if (snapshot != null) {
                subtask.initializeState(
                        AbstractStreamOperatorTestHarness.repartitionOperatorState(
                                snapshot, KeyGroups.COUNT, 1, parallelism, i));
            }
            subtask.open();
        }
    }

    private void send(RouteInput input) throws Exception {
        int group = KeyGroups.groupOf(new CellKey(options).getKey(input));
        int index = group * subtasks.size() / KeyGroups.COUNT;
        subtasks.get(index).processElement(new StreamRecord<>(input));
    }

    private void advance(long ms) throws Exception {
        nowMs += ms;
        for (AbstractStreamOperatorTestHarness<?> subtask : subtasks) {
            subtask.setProcessingTime(nowMs);
        }
    }

    private void join(String engine, int cell) throws Exception {
        send(
                input(cell)
                        .setMembership(
                                Membership.newBuilder().setCell(cell).setEngine(info(engine, cell)))
                        .build());
    }

    private void status(String engine, int cell, long executingTokens) throws Exception {
        send(
                input(cell)
                        .setStatus(
                                EngineStatus.newBuilder()
                                        .setVersion(1)
                                        .setEngineId(engine)
                                        .setIncarnation("i")
                                        .setNumber(++statusNumber)
                                        .setRole(Role.DECODE)
                                        .setCell(cell)
                                        .setReady(true)
                                        .setExecutingTokens(executingTokens)
                                        .setBlocksTotal(1_000)
                                        .setBlocksFree(1_000))
                        .build());
    }

    private static EngineInfo info(String engine, int cell) {
        return EngineInfo.newBuilder()
                .setEngineId(engine)
                .setIncarnation("i")
                .setRole(Role.DECODE)
                .setCell(cell)
                .setMaxModelLen(1_000)
                .setBlockSize(16)
                .setNumBlocks(1_000)
                .build();
    }

    private static RouteInput.Builder input(int cell) {
        return RouteInput.newBuilder().setCell(cell);
    }

    private RouteInput request(String id, int promptTokens) {
        return input(0).setRequest(admitted(id, promptTokens)).build();
    }

    private RouteInput retry(String id, int attempt) {
        Retry.Builder retry =
                Retry.newBuilder()
                        .setRequest(admitted(id, 3))
                        .setAttempt(attempt)
                        .setFirstTokenAtMs(77);
        retry.addProgressBuilder().addGeneratedTokenIds(5);
        return input(0).setRetry(retry).build();
    }

    private static RouteInput cancel(String id) {
        return input(0).setCancel(CancelRequest.newBuilder().setId(id).setLane(Lanes.of(id)))
                .build();
    }

    private AdmittedRequest.Builder admitted(String id, int promptTokens) {
        AdmittedRequest.Builder request =
                AdmittedRequest.newBuilder()
                        .setId(id)
                        .setLane(Lanes.of(id))
                        .setN(1)
                        .setArrivedAtMs(nowMs);
        for (int i = 0; i < promptTokens; i++) {
            request.addPromptTokenIds(i);
        }
        return request;
    }

    private List<LaneInput> outputs() {
        List<LaneInput> outputs = new ArrayList<>();
        subtasks.forEach(subtask -> outputs.addAll(subtask.extractOutputValues()));
        return outputs;
    }

    private List<Dispatch> dispatches() {
        return outputs().stream()
                .filter(LaneInput::hasDispatch)
                .map(LaneInput::getDispatch)
                .toList();
    }

    private List<CellDepth> depths() {
        return reports().stream().map(CellReport::depth).toList();
    }

    private List<CellReport> reports() {
        List<CellReport> reports = new ArrayList<>();
        for (AbstractStreamOperatorTestHarness<?> subtask : subtasks) {
            var reported = subtask.getSideOutput(RouteOperator.REPORTS);
            if (reported != null) {
                reported.forEach(record -> reports.add(record.getValue()));
            }
        }
        return reports;
    }
}
