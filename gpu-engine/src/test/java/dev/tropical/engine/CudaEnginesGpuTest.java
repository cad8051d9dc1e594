package dev.tropical.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.engine.cpu.Fixture;
import dev.tropical.protocol.wire.DecodePlacement;
import dev.tropical.protocol.wire.SequenceKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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
        start(id, "llama", role, 256, "--device", device);
    }

    private void start(String id, String model, String role, int blocks, String... others)
            throws Exception {
        List<String> options =
                new ArrayList<>(
                        List.of(
                                "--model",
                                Fixture.load(model).folder().toString(),
                                "--role",
                                role,
                                "--num-blocks",
                                Integer.toString(blocks),
                                "--block-size",
                                "16",
                                "--max-num-seqs",
                                "8",
                                "--max-num-batched-tokens",
                                "256",
                                "--threads",
                                "2"));
        options.addAll(List.of(others));
        engines.start(id, options.toArray(String[]::new));
    }

    private void startExact(String id, String model, String role, int blocks) throws Exception {
        String[] exact = {"--device", "cuda", "--dtype", "float32", "--no-enable-prefix-caching"};
        start(id, model, role, blocks, exact);
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

    /** In float32 the tokens are those of transformers, whatever happens on the way. */
    @ParameterizedTest
    @ValueSource(strings = {"llama", "qwen3"})
    void shouldGenerateWhatTransformersDoesMovedPreemptedAndResumed(String model) throws Exception {
        startExact("p", model, "prefill", 256);
        // Three of the longest prompts fit, and none of them to its end beside the others.
        startExact("d", model, "decode", 20);
        TestLane lane = engines.connect();
        Map<SequenceKey, List<Integer>> expected = new HashMap<>();
        for (Fixture.Prompt prompt : Fixture.load(model).prompts()) {
            List<Integer> greedy = Arrays.stream(prompt.greedy()).boxed().toList();
            int length = prompt.tokens().length;
            SequenceKey moved =
                    lane.submit(
                            "p",
                            "moved" + length,
                            prompt.tokens(),
                            TOKENS,
                            DecodePlacement.DECODE_PEER);
            lane.readUntil(() -> lane.finished.containsKey(moved), 30);
            assertThat(lane.movedTo).containsEntry(moved, "d");
            expected.put(moved, greedy);
            List<Integer> half = greedy.subList(0, TOKENS / 2);
            expected.put(
                    lane.resume("p", "resumed" + length, prompt.tokens(), half, TOKENS), greedy);
            for (int i = 0; i < 4; i++) {
                String id = "crowd" + length + "/" + i;
                expected.put(
                        lane.submit("d", id, prompt.tokens(), TOKENS, DecodePlacement.DECODE_HERE),
                        greedy);
            }
        }
        lane.readUntil(() -> lane.finished.size() == expected.size(), 60);
        assertThat(lane.status.get("d").getPreemptionsTotal()).isPositive();
        assertThat(lane.tokens).isEqualTo(expected);
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
