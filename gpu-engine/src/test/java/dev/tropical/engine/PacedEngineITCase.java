package dev.tropical.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.protocol.wire.DecodePlacement;
import dev.tropical.protocol.wire.FinishReason;
import dev.tropical.protocol.wire.SequenceKey;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** One engine with the paced runner, over real sockets. */
class PacedEngineITCase {
    private final TestEngines engines = new TestEngines();

    @AfterEach
    void close() {
        engines.close();
    }

    @Test
    void shouldAnswerASubmitWithAllItsTokens() throws Exception {
        engines.startPaced("e", "--step-ms", "2");
        TestLane lane = engines.connect();
        SequenceKey key = lane.submit("e", "one", 20, 10, DecodePlacement.DECODE_HERE);
        lane.readUntil(() -> lane.finished.containsKey(key), 30);
        assertThat(lane.tokens.get(key)).hasSize(10);
        assertThat(lane.finished).containsEntry(key, FinishReason.LENGTH);
        engines.awaitAllFree("e");
    }
}
