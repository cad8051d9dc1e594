package dev.tropical.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tropical.kafka.Completion;
import dev.tropical.kafka.CompletionStream;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Produces one request to the topic and prints its stream. */
@Command(
        name = "complete",
        description = "Send a prompt to the running system and print the completion as it streams.")
final class CompleteCommand implements Callable<Integer> {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Mixin KafkaOption kafka;
    @Spec CommandSpec spec;

    @Parameters(paramLabel = "TEXT", description = "The prompt, or the user's message with --chat.")
    String text;

    @Option(names = "--id", description = "The request's id. Default: a random one.")
    @Nullable String id;

    @Option(names = "--chat", description = "Send a chat message instead of a prompt.")
    boolean isChat;

    @Option(
            names = "--max-tokens",
            description = "Most tokens to generate. Default: ${DEFAULT-VALUE}.")
    int maxTokens = 200;

    @Option(names = "--temperature", description = "0 is greedy. Default: ${DEFAULT-VALUE}.")
    double temperature;

    @Option(names = "--seed", description = "Makes a draw repeatable. Default: from the id.")
    @Nullable Long seed;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            description = "Give up after so long. Default: ${DEFAULT-VALUE}.")
    int timeoutSeconds = 120;

    @Override
    public Integer call() throws Exception {
        String requestId = id == null ? "cli-" + UUID.randomUUID() : id;
        try (CompletionStream client = CompletionStream.open(kafka.settings(), false);
                Completion completion =
                        client.submit(requestId, body(), Duration.ofSeconds(timeoutSeconds))) {
            PrintWriter out = spec.commandLine().getOut();
            return CompletionPrinter.print(completion, out, spec.commandLine().getErr());
        }
    }

    private byte[] body() throws Exception {
        ObjectNode body = JSON.createObjectNode();
        if (isChat) {
            body.putArray("messages").addObject().put("role", "user").put("content", text);
        } else {
            body.put("prompt", text);
        }
        body.put("max_tokens", maxTokens).put("temperature", temperature);
        if (seed != null) {
            body.put("seed", seed);
        }
        return JSON.writeValueAsBytes(body);
    }
}
