package dev.tropical.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tropical.kafka.KafkaSettings;
import dev.tropical.launch.EngineSpec;
import dev.tropical.launch.SystemConfig;
import dev.tropical.protocol.Topics;
import dev.tropical.protocol.wire.Role;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
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
    void shouldGiveJobAndEnginesTheSameKeys(@TempDir Path keys) throws Exception {
        SystemConfig config = plan("--keys", keys.toString());
        assertThat(config.engines())
                .allSatisfy(
                        engine ->
                                assertThat(engine.arguments())
                                        .containsSequence("--keys", keys.toString()));
        assertThat(config.job().further()).containsEntry("tropical.keys", keys.toString());
        assertThat(plan().job().further()).doesNotContainKey("tropical.keys");
        assertThatThrownBy(() -> plan("--keys", keys.resolve("none").toString()))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("tropical keys");
    }

    @Test
    void shouldHandOnWhatKafkasClientsAreTold(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("client.properties");
        Files.writeString(file, "security.protocol=SSL\nssl.truststore.type=PEM\n");
        SystemConfig config =
                plan("--kafka-config", file.toString(), "-K", "security.protocol=SASL_SSL");
        Map<String, String> told =
                Map.of("security.protocol", "SASL_SSL", "ssl.truststore.type", "PEM");
        assertThat(config.endpoints().kafkaProperties()).isEqualTo(told);
        assertThat(
                        config.job()
                                .options(new KafkaSettings("kafka:9092", Topics.DEFAULT, told))
                                .toMap())
                .containsEntry("tropical.kafka.security.protocol", "SASL_SSL")
                .containsEntry("tropical.kafka.ssl.truststore.type", "PEM");
        assertThatThrownBy(() -> plan("--kafka-config", "nowhere"))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("nowhere cannot be read");
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
    void shouldTellEnginesHowBlocksGoFromGpuToGpu() throws Exception {
        assertThat(plan("--device", "cuda").engines().get(0).arguments())
                .containsSequence("--kv-link", "nccl");
        assertThat(plan("--device", "cuda", "--kv-link", "copy").engines().get(0).arguments())
                .containsSequence("--kv-link", "copy");
        assertThatThrownBy(() -> plan("--device", "cuda", "--kv-link", "tcp"))
                .hasMessage("--kv-link: tcp (expected: nccl or copy)");
        assertThatThrownBy(() -> plan("--kv-link", "copy"))
                .hasMessage("--kv-link: copy (expected: only with --device cuda)");
    }

    @Test
    void shouldGiveEachEngineAsManyGpusAsItHasRanks() throws Exception {
        SystemConfig config = plan("--device", "cuda", "--replica-spec", "2,1", "1,1", "4,1");
        String[] firstGpus = {"0", "2", "3"};
        String[] ranks = {"2", "1", "4"};
        for (int i = 0; i < 3; i++) {
            assertThat(config.engines().get(i).arguments())
                    .containsSequence("--gpu", firstGpus[i])
                    .containsSequence("--tensor-parallel-size", ranks[i]);
        }
    }

    @Test
    void shouldDealTheEnginesOfEachRoleToTheCells() throws Exception {
        SystemConfig config =
                plan(
                        "--cells",
                        "2",
                        "--partition-id",
                        "3",
                        "--replica-spec",
                        "1,1",
                        "1,1",
                        "1,1",
                        "1,1",
                        "1,1",
                        "1,1");
        assertThat(config.engines()).extracting(EngineSpec::cell).containsExactly(0, 1, 0, 0, 1, 0);
        assertThat(config.job().further()).containsEntry("tropical.cells", "2");
    }

    @Test
    void shouldTellEnginesAndJobWhatStepsCost(@TempDir Path folder) throws Exception {
        Path profile = Files.createFile(folder.resolve("profile.json"));
        SystemConfig config = plan("--mode", "tropical", "--profile", profile.toString());
        assertThat(config.engines().get(0).arguments())
                .containsSequence("--cost-profile", profile.toString())
                .doesNotContain("--measure-ms");
        assertThat(config.job().further())
                .containsEntry("tropical.cost-profile", profile.toString());
    }

    @Test
    void shouldLetEnginesMeasureThemselvesInModeTropicalAlone() throws Exception {
        assertThat(plan("--mode", "tropical").engines().get(0).arguments())
                .containsSequence("--measure-ms", "2000");
        assertThat(plan().engines().get(0).arguments()).doesNotContain("--measure-ms");
    }

    @Test
    void shouldPassAnyKeyOnToTheJob() throws Exception {
        assertThat(plan("-D", "tropical.stall-test=whole-prefill").job().further())
                .containsEntry("tropical.stall-test", "whole-prefill");
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
                "--device cuda --replica-spec 1,2 1,1   | --replica-spec: '1,2' (expected: TP,1 on"
                        + " --device cuda)",
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
                "--cells 2                              | --partition-id: 1 with 3 engines"
                        + " (expected: 2 to 1",
                "--mode vllm --cells 4                  | --cells: 4 with 3 engines (expected: an"
                        + " engine in each cell)",
                "--p-admission lax                      | --p-admission: lax (expected: by-end or"
                        + " strict)",
                "--profile no/such/file                 | --profile: no/such/file (expected: a file"
                        + " that tropical profile wrote)",
            })
    void shouldRefuseWhatCannotBe(String arguments, String message) {
        assertThatThrownBy(() -> plan(arguments.split(" ")))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining(message);
    }
}
