package dev.tropical.flink.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.flink.FormerState;
import dev.tropical.flink.dispatch.FakeEnvironment.World;
import dev.tropical.flink.state.KeyGroups;
import dev.tropical.kafka.ValueTypeInfo;
import dev.tropical.protocol.CompletionRecord;
import dev.tropical.protocol.CompletionRecord.Chunk;
import dev.tropical.protocol.CompletionRecord.Ending;
import dev.tropical.protocol.Lanes;
import dev.tropical.protocol.wire.AdmittedRequest;
import dev.tropical.protocol.wire.EmittedOffsets;
import dev.tropical.protocol.wire.LaneInput;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.tasks.mailbox.TaskMailbox;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DispatchOperatorTest {
    private static final int WORD = 8;

    private final String name = UUID.randomUUID().toString();
    private final World world = FakeEnvironment.world(name);
    private final List<KeyedOneInputStreamOperatorTestHarness<Integer, LaneInput, CompletionRecord>>
            subtasks = new ArrayList<>();
    private long nowMs = 1_000_000;

    @BeforeEach
    void startEngine() {
        int[] tokens = LetterTexts.tokens("abcdefgh");
        world.engines.put("d1", new FakeEngine("d1", (submit, offset) -> tokens[offset]));
    }

    @AfterEach
    void closeSubtasks() throws Exception {
        for (AbstractStreamOperatorTestHarness<?> subtask : subtasks) {
            subtask.close();
        }
    }

    @Test
    void shouldEmitTokensFromMails() throws Exception {
        start(1, null);
        dispatch("r");
        step();
        step();
        assertThat(text("r")).isEqualTo("ab");
    }

    @Test
    void shouldGoOnFromSnapshotWithoutComputingAgain() throws Exception {
        start(1, null);
        dispatch("r");
        step();
        step();
        OperatorSubtaskState snapshot = subtasks.get(0).snapshot(1, nowMs);
        step();
        restart(1, snapshot);
        for (int i = 0; i < WORD; i++) {
            step();
        }
        assertThat(text("r")).isEqualTo("cdefgh");
        assertThat(endings("r")).isEqualTo(1);
    }

    @Test
    void shouldMoveLanesWithTheirRequestsWhenRescaled() throws Exception {
        start(1, null);
        for (int i = 0; i < 20; i++) {
            dispatch("r" + i);
        }
        step();
        OperatorSubtaskState snapshot = subtasks.get(0).snapshot(1, nowMs);
        restart(3, snapshot);
        for (int i = 0; i < WORD; i++) {
            step();
        }
        for (int i = 0; i < 20; i++) {
            assertThat(text("r" + i)).isEqualTo("bcdefgh");
            assertThat(endings("r" + i)).isEqualTo(1);
        }
    }

    @Test
    void shouldRaiseTheEpochAndReadFromTheSnapshotsOffsets() throws Exception {
        start(1, null);
        world.endOffset = 42;
        dispatch("r");
        step();
        long before = records().get(0).meta().epoch();
        OperatorSubtaskState snapshot = subtasks.get(0).snapshot(1, nowMs);
        nowMs = 500_000; // the clock went back
        restart(1, snapshot);
        step();
        assertThat(records().get(0).meta().epoch()).isEqualTo(before + 1);
        assertThat(world.opened.get(1).restoredFrom)
                .singleElement()
                .extracting(EmittedOffsets::getEndOffsetMap)
                .isEqualTo(Map.of(0, 42L));
    }

    @Test
    void shouldKeepOffsetsWhileWhatReadersSawIsUnclaimed() throws Exception {
        start(1, null);
        world.endOffset = 42;
        OperatorSubtaskState snapshot = subtasks.get(0).snapshot(1, nowMs);
        dispatch("r");
        step();
        world.seenByReaders.addAll(records());
        world.engines.get("d1").crash();
        world.endOffset = 43;
        restart(1, snapshot);
        snapshot = subtasks.get(0).snapshot(2, nowMs);
        restart(1, snapshot);
        assertThat(world.opened.get(2).restoredFrom.get(0).getEndOffsetMap())
                .isEqualTo(Map.of(0, 42L));
        dispatch("r");
        step();
        assertThat(text("r")).isEqualTo("b");
    }

    @Test
    void shouldAckOnlyCompletedCheckpoints() throws Exception {
        start(1, null);
        dispatch("r");
        for (int i = 0; i < WORD; i++) {
            step();
        }
        subtasks.get(0).snapshot(1, nowMs);
        assertThat(world.engines.get("d1").holds()).hasSize(1);
        subtasks.get(0).notifyOfCompletedCheckpoint(1);
        assertThat(world.engines.get("d1").holds()).isEmpty();
    }

    @Test
    void shouldNotHoardMarksOfCheckpointsThatAreAborted() throws Exception {
        start(1, null);
        for (int i = 0; i < 3; i++) {
            dispatch("r" + i);
        }
        for (int checkpoint = 1; checkpoint <= WORD; checkpoint++) {
            step();
            subtasks.get(0).snapshot(checkpoint, nowMs);
            subtasks.get(0).getOneInputOperator().notifyCheckpointAborted(checkpoint);
        }
        assertThat(unacknowledged()).isEqualTo(3);
        subtasks.get(0).snapshot(WORD + 1, nowMs);
        subtasks.get(0).notifyOfCompletedCheckpoint(WORD + 1);
        assertThat(world.engines.get("d1").holds()).isEmpty();
        assertThat(unacknowledged()).isZero();
    }

    private int unacknowledged() {
        return ((DispatchOperator) subtasks.get(0).getOneInputOperator()).unacknowledged();
    }

    @Test
    void shouldCloseItsEnvironment() throws Exception {
        start(1, null);
        subtasks.get(0).close();
        assertThat(world.opened.get(0).isClosed).isTrue();
        subtasks.clear();
    }

    /** Ended ids were kept one by one. */
    @Test
    void shouldDropWhatHadEndedWhenRelease01KeptIt() throws Exception {
        restart(
                1,
                FormerState.of(
                        new MapStateDescriptor<>("ended", Types.STRING, Types.LONG),
                        id -> KeyGroups.ofLane(Lanes.of(id)),
                        Map.of("r1", nowMs)));
        dispatch("r1");
        dispatch("r2");
        step();
        assertThat(endings("r1")).isZero();
        assertThat(text("r1")).isEmpty();
        assertThat(text("r2")).isNotEmpty();
        restart(1, subtasks.get(0).snapshot(2, 2));
        dispatch("r1");
        step();
        assertThat(text("r1")).isEmpty();
    }

    // ---- harness -----------------------------------------------------------------------------

    private void restart(int parallelism, OperatorSubtaskState snapshot) throws Exception {
        closeSubtasks();
        start(parallelism, snapshot);
    }

    private void start(int parallelism, OperatorSubtaskState snapshot) throws Exception {
        subtasks.clear();
        List<FakeEnvironment> mine = new ArrayList<>();
        for (int i = 0; i < parallelism; i++) {
            KeyedOneInputStreamOperatorTestHarness<Integer, LaneInput, CompletionRecord> subtask =
                    new KeyedOneInputStreamOperatorTestHarness<>(
                            new DispatchOperatorFactory(FakeEnvironment.factory(name), 64),
                            new LaneKey(),
                            Types.INT,
                            KeyGroups.COUNT,
                            parallelism,
                            i);
            subtasks.add(subtask);
            subtask.setProcessingTime(nowMs);
            subtask.setup(ValueTypeInfo.COMPLETION.createSerializer(new SerializerConfigImpl()));
            if (snapshot != null) {
                subtask.initializeState(
                        AbstractStreamOperatorTestHarness.repartitionOperatorState(
                                snapshot, KeyGroups.COUNT, 1, parallelism, i));
            }
            subtask.open();
            mine.add(world.opened.get(world.opened.size() - 1));
        }
        mine.forEach(FakeEnvironment::bringUp);
        runMails();
        advance(100);
    }

    /** The engine makes a token of each sequence, and the mails are run. */
    private void step() throws Exception {
        world.engines.values().forEach(FakeEngine::step);
        runMails();
    }

    private void runMails() throws Exception {
        boolean isIdle = false;
        while (!isIdle) {
            isIdle = true;
            for (KeyedOneInputStreamOperatorTestHarness<Integer, LaneInput, CompletionRecord>
                    subtask : subtasks) {
                TaskMailbox mailbox = subtask.getTaskMailbox();
                while (mailbox.hasMail()) {
                    mailbox.take(0).run();
                    isIdle = false;
                }
            }
            int last = world.opened.size() - 1;
            for (int i = 0; i < subtasks.size(); i++) {
                isIdle &= !world.opened.get(last - i).tellEvents();
            }
        }
    }

    private void advance(long ms) throws Exception {
        nowMs += ms;
        for (AbstractStreamOperatorTestHarness<?> subtask : subtasks) {
            subtask.setProcessingTime(nowMs);
        }
        runMails();
    }

    private void dispatch(String id) throws Exception {
        AdmittedRequest request = Rig.request(id, WORD).build();
        LaneInput.Builder input = LaneInput.newBuilder().setLane(request.getLane());
        input.getDispatchBuilder().setRequest(request).setEngineId("d1");
        subtasks.get(0).processElement(new StreamRecord<>(input.build()));
    }

    private List<CompletionRecord> records() {
        List<CompletionRecord> records = new ArrayList<>();
        subtasks.forEach(subtask -> records.addAll(subtask.extractOutputValues()));
        return records;
    }

    private String text(String id) {
        StringBuilder text = new StringBuilder();
        for (CompletionRecord record : records()) {
            if (record instanceof Chunk chunk && chunk.id().equals(id)) {
                text.append(chunk.text().value());
            }
        }
        return text.toString();
    }

    private long endings(String id) {
        return records().stream().filter(r -> r.id().equals(id) && r instanceof Ending).count();
    }
}
