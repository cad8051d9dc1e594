package dev.tropical.flink.route;

import dev.tropical.flink.state.KeyGroups;
import dev.tropical.kafka.ProtobufTypeInfo;
import dev.tropical.protocol.CellDepth;
import dev.tropical.protocol.CellReport;
import dev.tropical.protocol.Lanes;
import dev.tropical.protocol.wire.AdmittedRequest;
import dev.tropical.protocol.wire.CancelRequest;
import dev.tropical.protocol.wire.Dispatch;
import dev.tropical.protocol.wire.EngineInfo;
import dev.tropical.protocol.wire.EngineStatus;
import dev.tropical.protocol.wire.LaneInput;
import dev.tropical.protocol.wire.Membership;
import dev.tropical.protocol.wire.Retry;
import dev.tropical.protocol.wire.Role;
import dev.tropical.protocol.wire.RouteInput;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.AfterEach;

/** A route operator in Flink's harness, its clock and its inputs; tests extend it. */
abstract class RouteHarness {
    final List<KeyedOneInputStreamOperatorTestHarness<Integer, RouteInput, LaneInput>> subtasks =
            new ArrayList<>();
    RouteOptions options = RouteOptions.of(RouteMode.VLLM, 1);
    long nowMs = 1_000_000;
    private long statusNumber;

    @AfterEach
    final void closeSubtasks() throws Exception {
        for (AbstractStreamOperatorTestHarness<?> subtask : subtasks) {
            subtask.close();
        }
        subtasks.clear();
    }

    void start(int parallelism, OperatorSubtaskState snapshot) throws Exception {
        start(parallelism, snapshot, 1);
    }

    /** Ends all subtasks and goes on with so many others from where they were. */
    void rescale(int parallelism) throws Exception {
        int before = subtasks.size();
        OperatorSubtaskState[] states = new OperatorSubtaskState[before];
        for (int i = 0; i < before; i++) {
            states[i] = subtasks.get(i).snapshot(1, nowMs);
        }
        closeSubtasks();
        start(parallelism, AbstractStreamOperatorTestHarness.repackageState(states), before);
    }

    private void start(int parallelism, OperatorSubtaskState snapshot, int before)
            throws Exception {
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
                                snapshot, KeyGroups.COUNT, before, parallelism, i));
            }
            subtask.open();
        }
    }

    void send(RouteInput input) throws Exception {
        int group = KeyGroups.groupOf(new CellKey(options).getKey(input));
        int index = group * subtasks.size() / KeyGroups.COUNT;
        subtasks.get(index).processElement(new StreamRecord<>(input));
    }

    void advance(long ms) throws Exception {
        nowMs += ms;
        for (AbstractStreamOperatorTestHarness<?> subtask : subtasks) {
            subtask.setProcessingTime(nowMs);
        }
    }

    void join(String engine, int cell) throws Exception {
        send(
                input(cell)
                        .setMembership(
                                Membership.newBuilder().setCell(cell).setEngine(info(engine, cell)))
                        .build());
    }

    void status(String engine, int cell, long executingTokens) throws Exception {
        send(
                input(cell)
                        .setStatus(
                                newStatus(engine, cell)
                                        .setRole(Role.DECODE)
                                        .setExecutingTokens(executingTokens))
                        .build());
    }

    /** Of a ready engine with nothing on it, newer than all before. */
    EngineStatus.Builder newStatus(String engine, int cell) {
        return EngineStatus.newBuilder()
                .setVersion(1)
                .setEngineId(engine)
                .setIncarnation("i")
                .setNumber(++statusNumber)
                .setCell(cell)
                .setReady(true)
                .setBlocksTotal(1_000)
                .setBlocksFree(1_000);
    }

    static EngineInfo info(String engine, int cell) {
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

    static RouteInput.Builder input(int cell) {
        return RouteInput.newBuilder().setCell(cell);
    }

    RouteInput request(String id, int promptTokens) {
        return input(0).setRequest(admitted(id, promptTokens)).build();
    }

    RouteInput retry(String id, int attempt) {
        Retry.Builder retry =
                Retry.newBuilder()
                        .setRequest(admitted(id, 3))
                        .setAttempt(attempt)
                        .setFirstTokenAtMs(77);
        retry.addProgressBuilder().addGeneratedTokenIds(5);
        return input(0).setRetry(retry).build();
    }

    static RouteInput cancel(String id) {
        return input(0).setCancel(CancelRequest.newBuilder().setId(id).setLane(Lanes.of(id)))
                .build();
    }

    AdmittedRequest.Builder admitted(String id, int promptTokens) {
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

    List<LaneInput> outputs() {
        List<LaneInput> outputs = new ArrayList<>();
        subtasks.forEach(subtask -> outputs.addAll(subtask.extractOutputValues()));
        return outputs;
    }

    List<Dispatch> dispatches() {
        return outputs().stream()
                .filter(LaneInput::hasDispatch)
                .map(LaneInput::getDispatch)
                .toList();
    }

    List<CellDepth> depths() {
        return reports().stream().map(CellReport::depth).toList();
    }

    List<CellReport> reports() {
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
