package dev.tropical.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.engine.cpu.Fixture;
import dev.tropical.protocol.wire.DecodePlacement;
import dev.tropical.protocol.wire.SequenceKey;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Engines in processes of their own on two GPUs: only so may one map the other's memory. */
@Tag("gpu")
public class PairProcessesGpuTest {
    private static final int TOKENS = 24;
    private static final int REQUESTS = 6;

    @TempDir Path folder;

    private final TestLane lane = new TestLane();
    private EngineChild prefill;
    private EngineChild decode;

    @AfterEach
    void close() {
        lane.close();
        prefill.close();
        decode.close();
    }

    private EngineChild start(File log, String id, String role, String gpu, String link)
            throws Exception {
        return EngineChild.start(
                log,
                "--engine-id",
                id,
                "--role",
                role,
                "--gpu",
                gpu,
                "--kv-link",
                link,
                "--model",
                Fixture.load("llama").folder().toString(),
                "--device",
                "cuda",
                "--num-blocks",
                "256",
                "--max-num-seqs",
                "8",
                "--max-num-batched-tokens",
                "256");
    }

    /** The first goes in frames, as the link opens with it. */
    @ParameterizedTest
    @ValueSource(strings = {"nccl", "copy"})
    void shouldGoOnWithTheSameTokens(String link) throws Exception {
        File log = folder.resolve("engines.log").toFile();
        prefill = start(log, "p", "prefill", "0", link);
        decode = start(log, "d", "decode", "1", link);
        lane.connect(prefill.info, List.of(prefill.info, decode.info));
        lane.connect(decode.info, List.of(prefill.info, decode.info));
        lane.readUntil(() -> lane.status.size() == 2, 30);
        int[] prompt = Fixture.load("llama").prompts().get(2).tokens();
        SequenceKey stayed = lane.submit("p", "stays", prompt, TOKENS, DecodePlacement.DECODE_HERE);
        lane.readUntil(() -> lane.finished.containsKey(stayed), 30);
        for (int i = 0; i < REQUESTS; i++) {
            SequenceKey key =
                    lane.submit("p", "moved" + i, prompt, TOKENS, DecodePlacement.DECODE_PEER);
            lane.readUntil(() -> lane.finished.containsKey(key), 30);
            lane.readFor(300);
            assertThat(lane.movedTo).containsEntry(key, "d");
            assertThat(lane.tokens.get(key)).isEqualTo(lane.tokens.get(stayed));
        }
        // One line of each end.
        assertThat(Files.readString(log.toPath()).split("link with \\S+ is open", -1)).hasSize(3);
    }
}
