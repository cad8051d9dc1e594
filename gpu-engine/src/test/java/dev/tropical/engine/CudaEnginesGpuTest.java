package dev.tropical.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.engine.cpu.Fixture;
import dev.tropical.protocol.wire.DecodePlacement;
import dev.tropical.protocol.wire.SequenceKey;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Engines on a GPU behind their sockets, and the way of KV blocks between them and to CPUs. */
@Tag("gpu")
public class CudaEnginesGpuTest {
    private static final int TOKENS = 24;

    private final TestEngines engines = new TestEngines();

    @AfterEach
    void close() {
        engines.close();
    }

    private void start(String id, String device, String role) throws Exception {
        String folder = Fixture.load("llama").folder().toString();
        engines.start(
                id,
                "--model",
                folder,
                "--device",
                device,
                "--role",
                role,
                "--num-blocks",
                "256",
                "--block-size",
                "16",
                "--max-num-seqs",
                "8",
                "--max-num-batched-tokens",
                "256",
                "--threads",
                "2");
    }

    @Test
    void shouldGoOnOnAnotherEngineOfTheGpuWithTheSameTokens() throws Exception {
        start("p", "cuda", "prefill");
        start("d", "cuda", "decode");
        TestLane lane = engines.connect();
        int[] prompt = Fixture.load("llama").prompts().get(2).tokens();
        SequenceKey moved = lane.submit("p", "moved", prompt, TOKENS, DecodePlacement.DECODE_PEER);
        SequenceKey stayed = lane.submit("p", "stays", prompt, TOKENS, DecodePlacement.DECODE_HERE);
        lane.readUntil(() -> lane.finished.size() == 2, 30);
        assertThat(lane.movedTo).containsEntry(moved, "d").doesNotContainKey(stayed);
        assertThat(lane.tokens.get(moved)).hasSize(TOKENS).isEqualTo(lane.tokens.get(stayed));
        engines.awaitAllFree("p");
        engines.awaitAllFree("d");
    }

    @ParameterizedTest
    @CsvSource({"cuda, cpu", "cpu, cuda"})
    void shouldMoveBetweenGpuAndCpu(String from, String to) throws Exception {
        start("p", from, "prefill");
        start("d", to, "decode");
        TestLane lane = engines.connect();
        int[] prompt = Fixture.load("llama").prompts().get(2).tokens();
        SequenceKey moved = lane.submit("p", "moved", prompt, TOKENS, DecodePlacement.DECODE_PEER);
        lane.readUntil(() -> lane.finished.containsKey(moved), 30);
        assertThat(lane.movedTo).containsEntry(moved, "d");
        assertThat(lane.tokens.get(moved)).hasSize(TOKENS);
        engines.awaitAllFree("p");
        engines.awaitAllFree("d");
    }
}
