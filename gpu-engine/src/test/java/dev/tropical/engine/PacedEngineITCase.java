package dev.tropical.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.protocol.wire.DecodePlacement;
import dev.tropical.protocol.wire.EngineInfo;
import dev.tropical.protocol.wire.FinishReason;
import dev.tropical.protocol.wire.SequenceKey;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** One engine with the paced runner, over real sockets. */
class PacedEngineITCase {
    private final List<AutoCloseable> toClose = new ArrayList<>();

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable each : toClose) {
            each.close();
        }
    }

    @Test
    void shouldAnswerASubmitWithAllItsTokens() throws Exception {
        EngineInfo engine = start("--step-ms", "2");
        TestLane lane = lane(engine);
        SequenceKey key = lane.submit("e", "one", 20, 10, DecodePlacement.DECODE_HERE);
        lane.readUntil(() -> lane.finished.containsKey(key), 10);
        assertThat(lane.tokens.get(key)).hasSize(10);
        assertThat(lane.finished.get(key)).isEqualTo(FinishReason.LENGTH);
    }

    private TestLane lane(EngineInfo engine) {
        TestLane lane = new TestLane();
        toClose.add(lane);
        lane.connect(engine, List.of(engine));
        return lane;
    }

    private EngineInfo start(String... extra) throws Exception {
        List<String> args = new ArrayList<>(List.of("--engine-id", "e", "--model", "none"));
        args.addAll(List.of("--device", "paced", "--max-model-len", "256"));
        args.addAll(List.of(extra));
        EngineCommandLine line = new EngineCommandLine();
        new CommandLine(line)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .parseArgs(args.toArray(String[]::new));
        EngineProcess process =
                new EngineProcess(
                        line.toOptions(),
                        failure -> {
                            throw new AssertionError(failure);
                        });
        toClose.add(process);
        return process.start();
    }
}
