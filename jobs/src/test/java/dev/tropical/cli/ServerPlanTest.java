package dev.tropical.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tropical.launch.EngineSpec;
import dev.tropical.launch.SystemConfig;
import dev.tropical.protocol.wire.Role;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class ServerPlanTest {
    private static SystemConfig plan(String... arguments) throws UsageException {
        Holder holder = new Holder();
        new CommandLine(holder).parseArgs(arguments);
        return new ServerPlan(holder.options).plan(Path.of("work"));
    }

    @CommandLine.Command
    static final class Holder {
        @CommandLine.Mixin ServerOptions options = new ServerOptions();
    }

    @Test
    void shouldStartOnePrefillAndTwoDecodeEnginesByDefault() throws Exception {
        assertThat(plan().engines())
                .extracting(EngineSpec::role)
                .containsExactly(Role.PREFILL, Role.DECODE, Role.DECODE);
    }

    @Test
    void shouldGiveEachRoleItsOwnLimits() throws Exception {
        SystemConfig config =
                plan(
                        "--replica-spec",
                        "1,1",
                        "1,1",
                        "1,1",
                        "--partition-id",
                        "2",
                        "--prefill-max-num-seqs",
                        "3",
                        "--decode-max-num-seqs",
                        "5");
        assertThat(config.engines().get(1).arguments()).containsSequence("--max-num-seqs", "3");
        assertThat(config.engines().get(2).arguments()).containsSequence("--max-num-seqs", "5");
    }

    @Test
    void shouldTellTheEnginesWhatIsSwitchedOff() throws Exception {
        SystemConfig config = plan("--no-enable-prefix-caching", "--no-enable-chunked-prefill");
        assertThat(config.engines().get(0).arguments())
                .contains("--no-enable-prefix-caching", "--no-enable-chunked-prefill");
        assertThat(plan().engines().get(0).arguments())
                .contains("--enable-prefix-caching", "--enable-chunked-prefill");
    }

    @Test
    void shouldSendEnginesRoundTheGpus() throws Exception {
        SystemConfig config = plan("--device", "cuda");
        for (int i = 0; i < 3; i++) {
            assertThat(config.engines().get(i).arguments())
                    .containsSequence("--device", "cuda")
                    .containsSequence("--gpu", Integer.toString(i));
        }
        assertThat(plan().engines().get(0).arguments()).doesNotContain("--gpu");
    }

    @Test
    void shouldColocateEverythingInModeVllm() throws Exception {
        assertThat(plan("--mode", "vllm").engines())
                .extracting(EngineSpec::role)
                .containsOnly(Role.DECODE);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--mode fast                            | --mode: fast (expected: vllm or"
                        + " distserve or tropical)",
                "--replica-spec 1,1 1;1                 | --replica-spec: '1;1' (expected: TP,PP"
                        + " such as 1,1)",
                "--replica-spec 2,1 1,1                 | --replica-spec: '2,1' (expected: 1,1 on"
                        + " --device cpu)",
                "--partition-id 3                       | --partition-id: 3 with 3 engines",
                "--block-size 12                        | --block-size: 12 (expected: a power of"
                        + " two, at most 1024)",
                "--decode-gpu-memory-utilization 1.5    | decode-gpu-memory-utilization: 1.5"
                        + " (expected: above 0, at most 1)",
                "--prefill-max-num-seqs 0               | prefill-max-num-seqs: 0 (expected: 1 to"
                        + " 4096)",
                "--kafka-port 70000                     | --kafka-port: 70000 (expected: 0 to"
                        + " 65535)",
                "--model no/such/folder                 | has no config.json",
                "--delivery twice                       | --delivery: twice",
            })
    void shouldRefuseWhatCannotBe(String arguments, String message) {
        assertThatThrownBy(() -> plan(arguments.split(" ")))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining(message);
    }
}
