package dev.tropical.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.protocol.wire.DecodePlacement;
import dev.tropical.protocol.wire.SequenceKey;
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
        lane.readUntil(() -> lane.finished.containsKey(moved), 10);
        SequenceKey stayed = lane.submit("p", "stayed", 100, 20, DecodePlacement.DECODE_HERE);
        lane.readUntil(() -> lane.finished.containsKey(stayed), 10);
        assertThat(lane.movedTo).containsEntry(moved, "d").doesNotContainKey(stayed);
        assertThat(lane.tokens.get(moved)).hasSize(20).isEqualTo(lane.tokens.get(stayed));
        engines.awaitAllFree("p");
        engines.awaitAllFree("d");
    }
}
