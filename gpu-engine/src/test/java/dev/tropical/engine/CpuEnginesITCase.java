package dev.tropical.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tropical.protocol.wire.DecodePlacement;
import dev.tropical.protocol.wire.SequenceKey;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
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
        Path folder =
                Path.of(
                        Objects.requireNonNull(getClass().getResource("/fixtures/" + model))
                                .toURI());
        start("p", folder, "--role", "prefill", loop);
        start("d", folder, "--role", "decode", loop);
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

    private void start(String id, Path folder, String... options) throws Exception {
        String[] all = {"--model", folder.toString(), "--num-blocks", "64", "--threads", "1"};
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
