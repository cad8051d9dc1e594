package dev.tropical.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tropical.protocol.wire.DecodePlacement;
import dev.tropical.protocol.wire.SequenceKey;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Engines with a real, tiny model: what they generate is what transformers generates. */
class CpuEnginesITCase {
    private final TestEngines engines = new TestEngines();

    @AfterEach
    void close() {
        engines.close();
    }

    @ParameterizedTest
    @CsvSource({"llama, --overlap", "qwen3, --no-overlap"})
    void shouldGenerateTheSameOnOneEngineAndAcrossTwo(String model, String loop) throws Exception {
        Path folder = fixture(model);
        start("p", folder, 64, "--role", "prefill", loop);
        start("d", folder, 64, "--role", "decode", loop);
        TestLane lane = engines.connect();
        Map<SequenceKey, List<Integer>> expected = new LinkedHashMap<>();
        for (JsonNode prompt :
                new ObjectMapper()
                        .readTree(folder.resolve("expected.json").toFile())
                        .path("prompts")) {
            int[] tokens = ints(prompt.path("tokens")).stream().mapToInt(i -> i).toArray();
            List<Integer> greedy = ints(prompt.path("greedy"));
            String name = prompt.path("name").asText();
            expected.put(
                    lane.submit(
                            "p",
                            name + "/here",
                            tokens,
                            greedy.size(),
                            DecodePlacement.DECODE_HERE),
                    greedy);
            expected.put(
                    lane.submit(
                            "p",
                            name + "/peer",
                            tokens,
                            greedy.size(),
                            DecodePlacement.DECODE_PEER),
                    greedy);
        }
        lane.readUntil(() -> lane.finished.size() == expected.size(), 60);
        assertThat(lane.tokens).containsAllEntriesOf(expected);
        assertThat(lane.movedTo).hasSize(expected.size() / 2).containsValue("d");
        engines.awaitAllFree("p");
        engines.awaitAllFree("d");
    }

    /**
     * Preempted, migrated, chunked, from cached prefixes, in whatever company: a greedy request's
     * tokens are those that it gets alone.
     */
    @Test
    void shouldGenerateTheSameInACrowdAsAlone() throws Exception {
        Path folder = fixture("llama");
        start("p", folder, 40, "--role", "prefill");
        start("d", folder, 24, "--role", "decode", "--max-num-batched-tokens", "64");
        start("alone", folder, 64, "--no-enable-prefix-caching", "--no-overlap");
        TestLane lane = engines.connect();
        List<SequenceKey> crowd = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            crowd.add(
                    lane.submit(
                            i % 3 == 0 ? "d" : "p",
                            "crowd" + i,
                            prompt(i % 10),
                            24,
                            i % 3 == 1
                                    ? DecodePlacement.DECODE_PEER
                                    : DecodePlacement.DECODE_HERE));
        }
        lane.readUntil(() -> lane.finished.size() == crowd.size(), 60);
        assertThat(lane.status.get("d").getPreemptionsTotal()).isPositive();
        for (int i = 0; i < 10; i++) {
            SequenceKey alone =
                    lane.submit("alone", "alone" + i, prompt(i), 24, DecodePlacement.DECODE_HERE);
            lane.readUntil(() -> lane.finished.containsKey(alone), 20);
            for (int j = i; j < crowd.size(); j += 10) {
                assertThat(lane.tokens.get(crowd.get(j))).isEqualTo(lane.tokens.get(alone));
            }
        }
        engines.awaitAllFree("p");
        engines.awaitAllFree("d");
    }

    /** Prompts that begin alike and end differently, 30 to 75 tokens. */
    private static int[] prompt(int number) {
        int[] prompt = IntStream.range(0, 30 + 5 * number).map(i -> 1 + i * 7 % 150).toArray();
        prompt[prompt.length - 1] = 100 + number;
        return prompt;
    }

    private static Path fixture(String model) throws Exception {
        return Path.of(
                Objects.requireNonNull(CpuEnginesITCase.class.getResource("/fixtures/" + model))
                        .toURI());
    }

    private void start(String id, Path folder, int numBlocks, String... options) throws Exception {
        String[] all = {
            "--model", folder.toString(), "--num-blocks", "" + numBlocks, "--threads", "1"
        };
        String[] joined =
                java.util.stream.Stream.of(all, options)
                        .flatMap(java.util.Arrays::stream)
                        .toArray(String[]::new);
        engines.start(id, joined);
    }

    private static List<Integer> ints(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false).map(JsonNode::asInt).toList();
    }
}
