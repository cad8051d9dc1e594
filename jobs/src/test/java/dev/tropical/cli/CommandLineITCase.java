package dev.tropical.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands as a person starts them. */
class CommandLineITCase {
    @TempDir Path work;

    @Test
    void shouldStreamThreeCompletionsAndLeaveNothingRunning() throws Exception {
        try (Cli demo = Cli.start(work, "demo")) {
            await().atMost(Duration.ofSeconds(120))
                    .until(() -> demo.children().size() == 3 || !demo.isAlive());
            List<ProcessHandle> engines = demo.children();
            assertThat(demo.awaitExit(90)).as(demo.output()).isZero();
            assertThat(demo.output()).contains("> Once upon a time", "> (chat) What is a stream?");
            assertThat(engines).hasSize(3).noneMatch(ProcessHandle::isAlive);
        }
    }

    @Test
    void shouldServeUntilItIsStopped() throws Exception {
        try (Cli up = Cli.start(work, "up", "--kafka-port", "0", "--ui-port", "0", "--port", "0")) {
            await().atMost(Duration.ofSeconds(90))
                    .until(() -> up.output().contains("Ctrl-C") || !up.isAlive());
            Matcher address = Pattern.compile("kafka +(\\S+)").matcher(up.output());
            assertThat(address.find()).as(up.output()).isTrue();
            String kafka = address.group(1);

            // At the same time, for each takes a second to start.
            String prompt = "Once upon a time";
            try (Cli complete =
                            Cli.start(
                                    work,
                                    "complete",
                                    "--kafka",
                                    kafka,
                                    "--max-tokens",
                                    "8",
                                    prompt);
                    Cli status = Cli.start(work, "status", "--kafka", kafka);
                    Cli cancel = Cli.start(work, "cancel", "--kafka", kafka, "no-such-request")) {
                assertThat(outputOf(complete)).isNotBlank();
                assertThat(outputOf(status))
                        .contains("engine-0", "prefill", "engine-1", "engine-2", "decode");
                outputOf(cancel);
            }

            List<ProcessHandle> engines = up.children();
            assertThat(engines).hasSize(3);
            up.terminate();
            up.awaitExit(60);
            assertThat(engines).noneMatch(ProcessHandle::isAlive);
        }
    }

    @Test
    void shouldStopWhileItStarts() throws Exception {
        try (Cli up = Cli.start(work, "up", "--kafka-port", "0", "--ui-port", "0", "--port", "0")) {
            await().atMost(Duration.ofSeconds(120)).until(() -> up.children().size() == 3);
            List<ProcessHandle> engines = up.children();
            up.terminate();
            up.awaitExit(60);
            assertThat(engines).noneMatch(ProcessHandle::isAlive);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"complete", "cancel"})
    void shouldSayAtOnceThatNothingRuns(String command) throws Exception {
        int free;
        try (ServerSocket socket = new ServerSocket(0)) {
            free = socket.getLocalPort();
        }
        String kafka = "127.0.0.1:" + free;
        try (Cli cli = Cli.start(work, command, "--kafka", kafka, "text")) {
            assertThat(cli.awaitExit(60)).isEqualTo(1);
            assertThat(cli.output()).contains(kafka, "tropical up");
        }
    }

    private static String outputOf(Cli command) throws Exception {
        assertThat(command.awaitExit(180)).as(command.output()).isZero();
        return command.output();
    }

    @Test
    void shouldSayWhyAnEngineCannotLoadItsModel() throws Exception {
        Path model = Files.createDirectory(work.resolve("bad-model"));
        Path good = ServerPlan.demoModel();
        for (String file :
                List.of(
                        "tokenizer.json",
                        "tokenizer_config.json",
                        "generation_config.json",
                        "model.safetensors")) {
            Files.copy(good.resolve(file), model.resolve(file));
        }
        String config =
                Files.readString(good.resolve("config.json"))
                        .replace("LlamaForCausalLM", "UnheardOfForCausalLM");
        Files.writeString(model.resolve("config.json"), config);
        try (Cli up =
                Cli.start(
                        work,
                        "up",
                        "--model",
                        model.toString(),
                        "--kafka-port",
                        "0",
                        "--ui-port",
                        "0",
                        "--port",
                        "0")) {
            assertThat(up.awaitExit(180)).isEqualTo(1);
            assertThat(up.output()).contains("UnheardOfForCausalLM");
            assertThat(up.children()).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({"--kafka-port", "--ui-port", "--port"})
    void shouldSayWhichPortIsInUse(String option) throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            String port = Integer.toString(taken.getLocalPort());
            String[] arguments = {"up", "--kafka-port", "0", "--ui-port", "0", "--port", "0"};
            arguments[List.of(arguments).indexOf(option) + 1] = port;
            try (Cli up = Cli.start(work, arguments)) {
                assertThat(up.awaitExit(180)).as(up.output()).isEqualTo(1);
                assertThat(up.output()).contains(port);
            }
        }
    }
}
