package dev.tropical.flink.dispatch;

import static dev.tropical.flink.dispatch.Rig.key;
import static dev.tropical.flink.dispatch.Rig.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.protocol.CompletionRecord;
import dev.tropical.protocol.CompletionRecord.Chunk;
import dev.tropical.protocol.CompletionRecord.Ending;
import dev.tropical.protocol.wire.AdmittedRequest;
import dev.tropical.protocol.wire.InFlight;
import dev.tropical.protocol.wire.RefusalCode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Records that a run wrote after the next one had begun to, and records without the ending that
 * belongs to them. Readers drop what has a lower epoch than they have seen of the request.
 */
class LaneLateRecordsTest {
    private final List<CompletionRecord> topic = new ArrayList<>();
    private final Rig rig = Rig.with("abcdef", "d1", "d2");
    private int written; // of the lanes' records, to the topic

    @Test
    void shouldNotTakeForSeenWhatReadersHaveDropped() {
        rig.dispatch(request("r", 6).build(), "d1");
        step();
        rig.snapshot(1);
        step();
        step();
        List<CompletionRecord> late = takeFromTopic(2); // "b" and "c" are still on their way
        rig.engine("d1").crash();
        restart();
        goOnElsewhere(1); // "b" once more
        arrive(late);
        restart(); // before any snapshot
        goOnElsewhere(6);
        assertThat(readersText("r")).isEqualTo("abcdef");
    }

    @Test
    void shouldGoOnWithWhatAnEarlierRunFailedTooLate() {
        rig.dispatch(request("r", 6).build(), "d1");
        step();
        rig.snapshot(1);
        failOnD1();
        List<CompletionRecord> late = takeFromTopic(2); // the choice's error, and the ending
        restart();
        goOnElsewhere(1);
        arrive(late);
        restart();
        goOnElsewhere(6);
        assertThat(rig.finishes("r")).endsWith("length");
        assertThat(readersText("r")).isEqualTo("abcdef");
        assertThat(readersEnding("r").error()).isNull();
    }

    @Test
    void shouldKnowBySnapshotWhatReadersDrop() {
        rig.dispatch(request("r", 6).build(), "d1");
        step();
        rig.snapshot(1);
        failOnD1();
        List<CompletionRecord> late = takeFromTopic(2);
        restart();
        goOnElsewhere(1);
        rig.snapshot(2);
        int since = topic.size();
        arrive(late);
        restart(since);
        goOnElsewhere(6);
        assertThat(readersText("r")).isEqualTo("abcdef");
        assertThat(readersEnding("r").error()).isNull();
    }

    @Test
    void shouldTakeForSeenTheEndingThatFollowsADroppedOne() {
        rig.dispatch(request("r", 6).build(), "d1");
        step();
        rig.snapshot(1);
        failOnD1();
        List<CompletionRecord> late = takeFromTopic(2);
        restart();
        goOnElsewhere(1);
        rig.snapshot(2);
        int since = topic.size();
        arrive(late);
        goOnElsewhere(6);
        int size = topic.size();
        restart(since);
        goOnElsewhere(6);
        assertThat(topic).hasSize(size);
    }

    @Test
    void shouldEndWhatIsNotServedAnyMoreThoughAnEarlierRunFailedItTooLate() {
        rig.dispatch(request("r", 6).build(), "d1");
        step();
        rig.snapshot(1);
        failOnD1();
        List<CompletionRecord> late = takeFromTopic(2);
        restart();
        goOnElsewhere(1);
        rig.snapshot(2);
        int since = topic.size();
        arrive(late);
        rig.state.computeIfPresent("r", (id, state) -> ofModel("gone", state));
        restart(since);
        assertThat(readersEnding("r").error().code()).isEqualTo("model_not_found");
    }

    @Test
    void shouldTakeForSeenWhatAnEarlierRunWroteInTime() {
        rig.dispatch(request("r", 6).build(), "d1");
        step();
        rig.snapshot(1);
        failOnD1();
        restart();
        goOnElsewhere(6);
        assertThat(rig.endings("r")).hasSize(1);
        assertThat(readersEnding("r").error().code()).isEqualTo("context_length_exceeded");
    }

    @Test
    void shouldEndBadlyWhatReadersHaveSeenFail() {
        rig.dispatch(request("r", 6).build(), "d1");
        step();
        rig.snapshot(1);
        failOnD1();
        takeFromTopic(1); // the ending is lost
        restart();
        assertThat(readersEnding("r").error().code()).isEqualTo("internal_error");
        assertThat(rig.retries).isEmpty();
    }

    @Test
    void shouldEndAsCancelledWhatReadersHaveSeenCancelled() {
        rig.dispatch(request("r", 6).setN(2).build(), "d1");
        step();
        rig.snapshot(1);
        rig.cancel("r");
        read();
        takeFromTopic(2); // the second choice's finish and the ending are lost
        restart();
        assertThat(readersEnding("r").error().code()).isEqualTo("cancelled");
        assertThat(rig.finishes("r")).endsWith("cancelled", "cancelled");
        step();
        assertThat(rig.endings("r")).hasSize(2); // the lost one, and this
    }

    /** The restored state knows nothing of it: its record is replayed. */
    @Test
    void shouldEndBadlyWhatReadersHaveSeenFailWhenItIsReplayed() {
        rig.dispatch(request("r", 6).build(), "d1");
        step();
        failOnD1();
        takeFromTopic(1);
        rig.engine("d1").crash();
        restart();
        rig.dispatch(request("r", 6).build(), "d2");
        read();
        assertThat(readersEnding("r").error().code()).isEqualTo("internal_error");
        assertThat(rig.lanes.inFlightCount()).isZero();
    }

    /** Its engine is heard of only after the lanes have gone on without it. */
    @Test
    void shouldEndWhatReadersHaveSeenFinishWhenItsEngineComesLate() {
        rig.dispatch(request("r", 2).build(), "d1");
        step();
        step();
        takeFromTopic(1);
        rig.restart(emitted(0));
        rig.lanes.onRegistry(rig.engines.keySet());
        rig.lanes.onUp("d2");
        rig.deliver();
        rig.clock.advance(LaneTable.ANSWER_DEADLINE_MS);
        rig.lanes.tick();
        rig.lanes.onUp("d1");
        rig.deliver();
        read();
        assertThat(readersText("r")).isEqualTo("ab");
        assertThat(readersEnding("r").error()).isNull();
        assertThat(rig.lanes.inFlightCount()).isZero();
    }

    private static InFlight ofModel(String model, InFlight state) {
        AdmittedRequest.Builder request = state.getRequest().toBuilder().setModel(model);
        return state.toBuilder().setRequest(request).build();
    }

    // ---- the topic and its readers -----------------------------------------------------------

    /** What the lanes have said is on the topic. */
    private void read() {
        topic.addAll(rig.records.subList(written, rig.records.size()));
        written = rig.records.size();
    }

    private void step() {
        rig.step();
        read();
    }

    /** An engine says that the request never fits: its choice fails at once. */
    private void failOnD1() {
        rig.engine("d1").refuse(key("r", 0, 0), 0, RefusalCode.NEVER_FITS);
        rig.deliver();
        read();
    }

    private List<CompletionRecord> takeFromTopic(int newest) {
        List<CompletionRecord> end = topic.subList(topic.size() - newest, topic.size());
        List<CompletionRecord> taken = List.copyOf(end);
        end.clear();
        return taken;
    }

    private void arrive(List<CompletionRecord> late) {
        topic.addAll(late);
    }

    private Emitted emitted(int since) {
        Emitted emitted = new Emitted();
        topic.subList(since, topic.size()).forEach(emitted::add);
        return emitted;
    }

    private void restart() {
        restart(0);
    }

    /** From the newest snapshot, and the topic from there on. */
    private void restart(int since) {
        rig.restart(emitted(since));
        rig.settle();
        read();
    }

    /** Whatever an engine may have left undone is done by the other. */
    private void goOnElsewhere(int steps) {
        rig.retries.forEach(retry -> rig.dispatch(retry, "d2"));
        for (int i = 0; i < steps; i++) {
            step();
        }
    }

    private List<CompletionRecord> read(String id) {
        List<CompletionRecord> accepted = new ArrayList<>();
        long epoch = 0;
        for (CompletionRecord record : topic) {
            boolean isEnded = accepted.stream().anyMatch(Ending.class::isInstance);
            if (record.id().equals(id) && record.meta().epoch() >= epoch && !isEnded) {
                epoch = record.meta().epoch();
                accepted.add(record);
            }
        }
        return accepted;
    }

    /** By offsets; a gap fails. */
    private String readersText(String id) {
        StringBuilder text = new StringBuilder();
        for (CompletionRecord record : read(id)) {
            if (record instanceof Chunk chunk) {
                int offset = chunk.text().offset();
                assertThat(offset).as("text offset").isLessThanOrEqualTo(text.length());
                int known = Math.min(text.length() - offset, chunk.text().value().length());
                text.append(chunk.text().value().substring(known));
            }
        }
        return text.toString();
    }

    private Ending readersEnding(String id) {
        return (Ending)
                read(id).stream().filter(Ending.class::isInstance).findFirst().orElseThrow();
    }
}
