package dev.tropical.flink.dispatch;

import static dev.tropical.flink.dispatch.Rig.key;
import static dev.tropical.flink.dispatch.Rig.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.protocol.CompletionRecord;
import dev.tropical.protocol.wire.EngineEvent;
import dev.tropical.protocol.wire.FinishReason;
import dev.tropical.protocol.wire.RefusalCode;
import dev.tropical.protocol.wire.Retry;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What goes to another engine, and in which state it gets there. */
class LaneRetriesTest {

    @Test
    void shouldNotCountFullDecodeEnginesAsLosses() {
        Rig rig = Rig.with("abc", "p1");
        rig.dispatch(request("r", 3).build(), "p1");
        for (int attempt = 0; attempt < LaneActions.MAX_LOSSES + 1; attempt++) {
            int lane = request("r", 3).getLane();
            rig.engine("p1").refuse(key("r", 0, attempt), lane, RefusalCode.NO_DECODE_PEER);
            rig.deliver();
            rig.dispatch(rig.retries.get(attempt), "p1");
        }
        rig.step();
        rig.step();
        rig.step();
        assertThat(rig.text("r", 0)).isEqualTo("abc");
        assertThat(rig.finishes("r")).containsExactly("length");
    }

    @Test
    void shouldFailRequestWhoseDecodeEnginesKeepVanishing() {
        Rig rig = Rig.with("abc", "p1");
        rig.dispatch(request("r", 3).build(), "p1");
        for (int attempt = 0; attempt < LaneActions.MAX_LOSSES; attempt++) {
            int lane = request("r", 3).getLane();
            rig.engine("p1").refuse(key("r", 0, attempt), lane, RefusalCode.PEER_LOST);
            rig.deliver();
            rig.retries.forEach(retry -> rig.dispatch(retry, "p1"));
        }
        assertThat(rig.endings("r"))
                .singleElement()
                .satisfies(e -> assertThat(e.error().code()).isEqualTo("engine_failed"));
    }

    @Test
    void shouldFailRequestWhoseRetryNoTopicTakes() {
        Rig rig = Rig.with("abc", "d1");
        List<Integer> prompt = Collections.nCopies(LaneActions.MAX_RETRY_BYTES / 2, 1_000);
        rig.dispatch(request("r", 3).addAllPromptTokenIds(prompt).build(), "d1");
        rig.step();
        rig.lanes.onLost("d1", "gone");
        assertThat(rig.retries).isEmpty();
        assertThat(rig.finishes("r")).containsExactly("error");
        assertThat(rig.endings("r"))
                .singleElement()
                .satisfies(e -> assertThat(e.error().code()).isEqualTo("engine_failed"));
    }

    @Test
    void shouldSayInPiecesWhatComesAtOnce() {
        Rig rig = Rig.with("", "d1");
        String text = "ab".repeat(Pieces.MAX_TOKENS) + "c";
        rig.dispatch(request("r", text.length()).build(), "d1");
        rig.deliver(
                "d1", LaneTableTest.tokens("r", 0, text).setFinish(FinishReason.LENGTH).build());
        assertThat(rig.records).hasSize(4); // three chunks and the ending
        assertThat(rig.text("r", 0)).isEqualTo(text);
        assertThat(rig.finishes("r")).containsExactly("length");
        assertThat(rig.chunks().get(2).tokens().offset()).isEqualTo(2 * Pieces.MAX_TOKENS);
        assertThat(rig.chunks().get(2).finish().reason()).isEqualTo("length");
    }

    @Test
    void shouldSendRequestWithoutAnEngineToItsNextCell() {
        Rig rig = Rig.with("ab", "d1");
        rig.dispatch(request("r", 2).setCell(0).build(), "d1");
        rig.step();
        rig.silence("d1");
        rig.handOver(rig.retries.get(0), 1, 1);
        rig.lanes.tick();
        assertThat(rig.retries).hasSize(2);
        assertThat(rig.retries.get(1).getRequest().getCell()).isEqualTo(1);
        assertThat(rig.retries.get(1).getAttempt()).isEqualTo(2);
        assertThat(rig.retries.get(1).getHandOvers()).isEqualTo(1);
        assertThat(rig.retries.get(1).getProgress(0).getGeneratedTokenIdsList()).containsExactly(0);
        rig.dispatch(rig.retries.get(1), "d1");
        rig.silence("d1");
        assertThat(rig.retries.get(2).getRequest().getCell()).isEqualTo(1);
        assertThat(rig.retries.get(2).getHandOvers()).isZero();
    }

    @Test
    void shouldEndNewRequestThatIsCancelledOnItsWayToAnotherCell() {
        Rig rig = Rig.with("ab", "d1");
        Retry fresh = Retry.newBuilder().setRequest(request("r", 2)).build();
        rig.handOver(fresh, 1, 1);
        rig.lanes.tick();
        rig.cancel("r");
        assertThat(rig.endings("r")).hasSize(1);
        rig.dispatch(rig.retries.get(0), "d1");
        assertThat(rig.engine("d1").holds()).isEmpty();
    }

    @Test
    void shouldNotGoOnWithChoicesThatHadFinishedByTheRetryAlone() {
        Rig rig = Rig.with("abcd", "d1", "d2");
        rig.dispatch(request("r", 4).setN(4).addStop("c").build(), "d1");
        rig.deliver("d1", said(0, "ab", FinishReason.STOP, 1));
        rig.deliver("d1", said(1, "ab", FinishReason.STOP, -1));
        rig.deliver("d1", said(2, "abab", FinishReason.LENGTH, -1));
        rig.deliver("d1", said(3, "ab", FinishReason.NOT_FINISHED, -1));
        rig.lanes.onLost("d1", "gone");
        List<CompletionRecord> before = List.copyOf(rig.records);
        rig.engines.remove("d1");
        rig.restart(new Emitted()); // with nothing in its state
        rig.records.clear();
        rig.settle();
        rig.dispatch(rig.retries.get(0), "d2");
        assertThat(rig.records).usingRecursiveComparison().ignoringFields("meta").isEqualTo(before);
        assertThat(rig.engine("d2").holds()).containsExactly(key("r", 3, 1));
        rig.step(); // "c", by which the last choice ends
        assertThat(rig.finishes("r")).containsExactly("stop", "stop", "length", "stop");
        assertThat(rig.endings("r")).hasSize(1);
    }

    @Test
    void shouldSayARetrysTokensInPieces() {
        Rig rig = Rig.with("", "d1", "d2");
        String text = "ab".repeat(Pieces.MAX_TOKENS);
        rig.dispatch(request("r", 9_999).build(), "d1");
        rig.deliver("d1", said(0, text, FinishReason.NOT_FINISHED, -1));
        rig.lanes.onLost("d1", "gone");
        rig.engines.remove("d1");
        rig.restart(new Emitted()); // with nothing in its state
        rig.records.clear();
        rig.settle();
        rig.dispatch(rig.retries.get(0), "d2");
        assertThat(rig.records).hasSize(2);
        assertThat(rig.text("r", 0)).isEqualTo(text);
    }

    @Test
    void shouldFindTheStopStringAgainInARetrysTokens() {
        Rig rig = Rig.with("abcd", "d1", "d2");
        rig.dispatch(request("r", 4).setN(2).addStop("bc").build(), "d1");
        rig.deliver("d1", said(0, "abc", FinishReason.NOT_FINISHED, -1));
        rig.lanes.onLost("d1", "gone");
        rig.engines.remove("d1");
        rig.restart(new Emitted()); // with nothing in its state
        rig.records.clear();
        rig.settle();
        rig.dispatch(rig.retries.get(0), "d2");
        assertThat(rig.text("r", 0)).isEqualTo("a");
        assertThat(rig.finishes("r")).containsExactly("stop");
        assertThat(rig.engine("d2").holds()).containsExactly(key("r", 1, 1));
    }

    private static EngineEvent said(int choice, String text, FinishReason reason, int stopToken) {
        return LaneTableTest.tokens("r", 0, text)
                .setChoice(choice)
                .setFinish(reason)
                .setStopTokenId(stopToken)
                .build();
    }
}
