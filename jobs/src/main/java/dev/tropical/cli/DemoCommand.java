package dev.tropical.cli;

import dev.tropical.kafka.Completion;
import dev.tropical.kafka.CompletionStream;
import dev.tropical.launch.Endpoints;
import dev.tropical.launch.LocalSystem;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Starts the system with the project's own model, streams three completions, and ends. */
@Command(
        name = "demo",
        description =
                "Start everything, stream three completions onto the terminal, stop everything.")
final class DemoCommand implements Callable<Integer> {
    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    private record Prompt(String id, String shown, String body) {}

    private static final List<Prompt> PROMPTS =
            List.of(
                    new Prompt(
                            "demo-story",
                            "Once upon a time",
                            "{\"prompt\":\"Once upon a"
                                    + " time\",\"max_tokens\":160,\"temperature\":0}"),
                    new Prompt(
                            "demo-chat",
                            "(chat) What is a stream?",
                            "{\"messages\":[{\"role\":\"user\",\"content\":\"What is a stream?\"}],"
                                    + "\"max_tokens\":80,\"temperature\":0}"),
                    new Prompt(
                            "demo-sampled",
                            "(chat, temperature 0.7) Tell me a story about a dog.",
                            "{\"messages\":[{\"role\":\"user\",\"content\":\"Tell me a story about"
                                + " a dog.\"}],\"max_tokens\":240,\"temperature\":0.7,\"seed\":7,"
                                + "\"slo\":{\"ttft_ms\":2000,\"tpot_ms\":100}}"));

    @Spec CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        PrintWriter out = spec.commandLine().getOut();
        ServerOptions options = new ServerOptions();
        options.port = Endpoints.NONE;
        options.kafkaPort = 0;
        options.uiPort = 0;
        out.println(
                "starting a broker, a Flink cluster with the job, one prefill and two decode"
                        + " engines ...");
        out.flush();
        long startNs = System.nanoTime();
        try (LocalSystem system = new LocalSystem(new ServerPlan(options).plan(WorkFolder.path()));
                CompletionStream client = CompletionStream.open(system.kafka(), false)) {
            out.printf("up after %.1f s%n", (System.nanoTime() - startNs) / 1e9);
            int worst = 0;
            for (Prompt prompt : PROMPTS) {
                out.printf("%n> %s%n", prompt.shown());
                byte[] body = prompt.body().getBytes(StandardCharsets.UTF_8);
                try (Completion completion = client.submit(prompt.id(), body, TIMEOUT)) {
                    worst =
                            Math.max(
                                    worst,
                                    CompletionPrinter.print(
                                            completion, out, spec.commandLine().getErr()));
                }
            }
            out.println();
            out.flush();
            return worst;
        }
    }
}
