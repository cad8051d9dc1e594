package dev.tropical.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.protocol.wire.DecodePlacement;
import dev.tropical.protocol.wire.SequenceKey;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A prefill and a decode engine, over real sockets. */
class MigrationITCase {
    private final TestEngines engines = new TestEngines();

    @AfterEach
    void close() {
        engines.close();
    }

    @Test
    void shouldGoOnElsewhereWithTheSameTokens() throws Exception {
        engines.startPaced("p", "--step-ms", "5", "--role", "prefill");
        engines.startPaced("d", "--step-ms", "5", "--role", "decode");
        TestLane lane = engines.connect();
        SequenceKey moved = lane.submit("p", "moved", 100, 20, DecodePlacement.DECODE_PEER);
        lane.readUntil(() -> lane.finished.containsKey(moved), 30);
        SequenceKey stayed = lane.submit("p", "stayed", 100, 20, DecodePlacement.DECODE_HERE);
        lane.readUntil(() -> lane.finished.containsKey(stayed), 30);
        assertThat(lane.movedTo).containsEntry(moved, "d").doesNotContainKey(stayed);
        assertThat(lane.tokens.get(moved)).hasSize(20).isEqualTo(lane.tokens.get(stayed));
        engines.awaitAllFree("p");
        engines.awaitAllFree("d");
    }

    @Test
    void shouldMoveKvOverConnectionsOfTheirOwn() throws Exception {
        for (String id : List.of("p", "d")) {
            String role = id.equals("p") ? "prefill" : "decode";
            engines.startPaced(id, "--step-ms", "5", "--role", role, "--kv-host", "127.0.0.1");
        }
        TestLane lane = engines.connect();
        List<SequenceKey> keys = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            keys.add(lane.submit("p", "r" + i, 100, 20, DecodePlacement.DECODE_PEER));
        }
        lane.readUntil(() -> lane.finished.keySet().containsAll(keys), 30);
        SequenceKey stayed = lane.submit("p", "stayed", 100, 20, DecodePlacement.DECODE_HERE);
        lane.readUntil(() -> lane.finished.containsKey(stayed), 30);
        keys.forEach(key -> assertThat(lane.tokens.get(key)).isEqualTo(lane.tokens.get(stayed)));
        assertThat(lane.movedTo).hasSize(keys.size());
        engines.awaitAllFree("p");
        engines.awaitAllFree("d");
    }

    @Test
    void shouldFinishEverythingOnPoolsThatHoldLittle() throws Exception {
        engines.startPaced("p", "--step-ms", "1", "--role", "prefill", "--num-blocks", "24");
        engines.startPaced("d1", "--step-ms", "1", "--role", "decode", "--num-blocks", "20");
        engines.startPaced("d2", "--step-ms", "1", "--role", "decode", "--num-blocks", "20");
        TestLane lane = engines.connect();
        List<SequenceKey> keys = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            keys.add(lane.submit("p", "r" + i, 60, 40, DecodePlacement.DECODE_PEER));
        }
        lane.readUntil(() -> lane.finished.size() + lane.refused.size() == keys.size(), 30);
        assertThat(lane.refused).isEmpty();
        assertThat(lane.movedTo).hasSize(keys.size()).containsValues("d1", "d2");
        List<Integer> expected = lane.tokens.get(keys.get(0));
        assertThat(expected).hasSize(40);
        keys.forEach(key -> assertThat(lane.tokens.get(key)).isEqualTo(expected));
        for (String id : List.of("p", "d1", "d2")) {
            engines.awaitAllFree(id);
        }
    }

    @Test
    void shouldFreeEverythingWhenCancelledOnTheWay() throws Exception {
        engines.startPaced("p", "--step-ms", "3", "--role", "prefill");
        engines.startPaced("d", "--step-ms", "3", "--role", "decode");
        TestLane lane = engines.connect();
        for (int i = 0; i < 12; i++) {
            SequenceKey key = lane.submit("p", "r" + i, 200, 50, DecodePlacement.DECODE_PEER);
            lane.readFor(i * 4);
            lane.cancel(key);
        }
        lane.readFor(50);
        engines.awaitAllFree("p");
        engines.awaitAllFree("d");
        assertThat(lane.finished).isEmpty();
    }

    @Test
    void shouldLoseOnlyTheBlocksOfAnEngineThatDies() throws Exception {
        engines.startPaced("p", "--step-ms", "3", "--role", "prefill");
        engines.startPaced("d1", "--step-ms", "3", "--role", "decode");
        engines.startPaced("d2", "--step-ms", "3", "--role", "decode");
        TestLane lane = engines.connect();
        engines.stop("d1");
        SequenceKey key = lane.submit("p", "r", 100, 20, DecodePlacement.DECODE_PEER);
        lane.readUntil(() -> lane.finished.containsKey(key), 30);
        assertThat(lane.movedTo).containsEntry(key, "d2");
        engines.awaitAllFree("p");
    }
}
