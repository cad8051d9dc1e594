package dev.tropical.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.engine.cpu.Fixture;
import dev.tropical.protocol.wire.DecodePlacement;
import dev.tropical.protocol.wire.SequenceKey;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Engines on two GPUs behind their sockets: one each, or one on both. */
@Tag("gpu")
public class PairEnginesGpuTest {
    private static final int TOKENS = 24;
    private static final int REQUESTS = 4;

    private final TestEngines engines = new TestEngines();

    @AfterEach
    void close() {
        engines.close();
    }

    private void start(String id, String role, int gpu, int ranks) throws Exception {
        engines.start(
                id,
                "--model",
                Fixture.load("llama").folder().toString(),
                "--device",
                "cuda",
                "--gpu",
                Integer.toString(gpu),
                "--tensor-parallel-size",
                Integer.toString(ranks),
                "--role",
                role,
                "--num-blocks",
                "256",
                "--max-num-seqs",
                "8",
                "--max-num-batched-tokens",
                "256");
    }

    /** The first goes in frames, as the link opens with it; with other ranks all do. */
    @ParameterizedTest
    @CsvSource({"1, 1", "2, 1", "1, 2"})
    void shouldGoOnWithTheSameTokens(int senders, int receivers) throws Exception {
        start("p", "prefill", 0, senders);
        start("d", "decode", 1, receivers);
        TestLane lane = engines.connect();
        int[] prompt = Fixture.load("llama").prompts().get(2).tokens();
        SequenceKey stayed = lane.submit("p", "stays", prompt, TOKENS, DecodePlacement.DECODE_HERE);
        lane.readUntil(() -> lane.finished.containsKey(stayed), 30);
        List<SequenceKey> moved = new ArrayList<>();
        for (int i = 0; i < REQUESTS; i++) {
            SequenceKey key =
                    lane.submit("p", "moved" + i, prompt, TOKENS, DecodePlacement.DECODE_PEER);
            lane.readUntil(() -> lane.finished.containsKey(key), 30);
            lane.readFor(500);
            moved.add(key);
        }
        for (SequenceKey key : moved) {
            assertThat(lane.movedTo).containsEntry(key, "d");
            assertThat(lane.tokens.get(key)).hasSize(TOKENS);
            if (senders == receivers) {
                assertThat(lane.tokens.get(key)).isEqualTo(lane.tokens.get(stayed));
            }
        }
        engines.awaitAllFree("p");
        engines.awaitAllFree("d");
    }
}
