package dev.tropical.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.models.FunctionDefinition;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionFunctionTool;
import com.openai.models.chat.completions.ChatCompletionMessageFunctionToolCall;
import com.openai.models.completions.Completion;
import com.openai.models.completions.CompletionCreateParams;
import dev.tropical.kafka.KafkaSettings;
import dev.tropical.launch.EngineClassPath;
import dev.tropical.openai.GatewayOptions;
import dev.tropical.openai.OpenAiGateway;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Clients as their users have them: OpenAI's own for Java and Node, curl, Python, a browser. */
@ExtendWith(GatewaySystem.class)
class GatewayClientsITCase {
    private static final String MODEL = "tropical-tiny";
    private static final String NODE_CLIENT = "openai@6.30.1";

    private static String url;
    private static KafkaSettings kafka;
    private static OpenAIClient client;

    @BeforeAll
    static void start(TestSystem shared) {
        url = shared.local().gatewayUrl();
        kafka = shared.local().kafka();
        client = client(url);
    }

    private static OpenAIClient client(String gateway) {
        return OpenAIOkHttpClient.builder()
                .baseUrl(gateway + "/v1")
                .apiKey("none")
                .maxRetries(0)
                .build();
    }

    @Test
    void shouldCompleteAsTheStreamDoes() {
        CompletionCreateParams params = completion().build();

        Completion whole = client.completions().create(params);

        assertThat(whole.id()).startsWith("cmpl-");
        assertThat(whole.usage().orElseThrow().completionTokens()).isEqualTo(24);
        assertThat(whole.choices().get(0).finishReason().asString()).isEqualTo("length");
        try (StreamResponse<Completion> stream = client.completions().createStreaming(params)) {
            String streamed =
                    stream.stream()
                            .flatMap(chunk -> chunk.choices().stream())
                            .map(choice -> choice.text())
                            .collect(Collectors.joining());
            assertThat(streamed).isNotEmpty().isEqualTo(whole.choices().get(0).text());
        }
    }

    @Test
    void shouldChatAsTheStreamDoes() {
        ChatCompletionCreateParams params = chat().build();

        ChatCompletion whole = client.chat().completions().create(params);

        assertThat(whole.id()).startsWith("chatcmpl-");
        String text = whole.choices().get(0).message().content().orElseThrow();
        try (StreamResponse<ChatCompletionChunk> stream =
                client.chat().completions().createStreaming(params)) {
            String streamed =
                    stream.stream()
                            .flatMap(chunk -> chunk.choices().stream())
                            .flatMap(choice -> choice.delta().content().stream())
                            .collect(Collectors.joining());
            assertThat(streamed).isNotEmpty().isEqualTo(text);
        }
    }

    @Test
    void shouldAnswerSeveralChoicesWithTheirLogprobs() {
        ChatCompletion answer =
                client.chat()
                        .completions()
                        .create(chat().n(3).temperature(1).logprobs(true).topLogprobs(2).build());

        assertThat(answer.choices()).hasSize(3);
        assertThat(answer.choices().get(2).logprobs().orElseThrow().content().orElseThrow())
                .isNotEmpty()
                .allSatisfy(token -> assertThat(token.topLogprobs()).hasSizeBetween(2, 3));
        Completion text = client.completions().create(completion().logprobs(2).build());
        assertThat(text.choices().get(0).logprobs().orElseThrow().tokens().orElseThrow())
                .hasSize(24);
    }

    @Test
    void shouldEndBeforeAStopText() {
        String whole = client.completions().create(completion().build()).choices().get(0).text();
        String stop = whole.substring(10, 15);

        Completion answer = client.completions().create(completion().stop(stop).build());

        assertThat(answer.choices().get(0).text())
                .isEqualTo(whole.substring(0, whole.indexOf(stop)));
        assertThat(answer.choices().get(0).finishReason().asString()).isEqualTo("stop");
    }

    @Test
    void shouldTakeTools() {
        ChatCompletion answer =
                client.chat().completions().create(chat().addTool(weather()).build());

        assertThat(answer.choices().get(0).message().content()).isPresent();
    }

    /** The demo model calls no tool by itself; a job that says what another would. */
    @Test
    void shouldGiveTheClientTheToolsThatTheModelCalls() throws Exception {
        String said =
                "One moment.\n<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\":"
                        + " \"Ulm\"}}\n</tool_call>";
        ChatCompletionCreateParams params = chat().addTool(weather()).build();
        try (ScriptedJob job = new ScriptedJob(kafka, said);
                OpenAiGateway gateway =
                        OpenAiGateway.start(
                                GatewayOptions.of("127.0.0.1", 0, MODEL, job.kafka()))) {
            assertThat(gateway.awaitReady(Duration.ofSeconds(60))).isTrue();
            OpenAIClient scripted = client(gateway.url());

            ChatCompletion whole = scripted.chat().completions().create(params);

            ChatCompletion.Choice choice = whole.choices().get(0);
            assertThat(choice.finishReason().asString()).isEqualTo("tool_calls");
            assertThat(choice.message().content()).contains("One moment.");
            ChatCompletionMessageFunctionToolCall call =
                    choice.message().toolCalls().orElseThrow().get(0).asFunction();
            assertThat(call.function().name()).isEqualTo("weather");
            assertThat(call.function().arguments()).isEqualTo("{\"city\":\"Ulm\"}");
            ChatCompletionAccumulator streamed = ChatCompletionAccumulator.create();
            try (StreamResponse<ChatCompletionChunk> stream =
                    scripted.chat().completions().createStreaming(params)) {
                stream.stream().forEach(streamed::accumulate);
            }
            assertThat(
                            streamed.chatCompletion()
                                    .choices()
                                    .get(0)
                                    .message()
                                    .toolCalls()
                                    .orElseThrow()
                                    .get(0)
                                    .asFunction()
                                    .function())
                    .isEqualTo(call.function());
        }
    }

    private static ChatCompletionFunctionTool weather() {
        return ChatCompletionFunctionTool.builder()
                .function(FunctionDefinition.builder().name("weather").build())
                .build();
    }

    @Test
    void shouldRaiseTheClientsOwnExceptions() {
        assertThatThrownBy(() -> client.completions().create(completion().temperature(-1).build()))
                .isInstanceOfSatisfying(
                        BadRequestException.class,
                        e -> {
                            assertThat(e.param()).contains("temperature");
                            assertThat(e.code()).contains("invalid_request");
                        });
        assertThatThrownBy(() -> client.completions().create(completion().model("x").build()))
                .isInstanceOf(NotFoundException.class);
        assertThatThrownBy(
                        () ->
                                client.chat()
                                        .completions()
                                        .create(
                                                chat().putAdditionalBodyProperty(
                                                                "temprature", JsonValue.from(1))
                                                        .build()))
                .isInstanceOf(BadRequestException.class)
                .hasMessageContaining("temprature");
    }

    @Test
    void shouldListTheModel() {
        assertThat(client.models().list().data())
                .singleElement()
                .satisfies(model -> assertThat(model.id()).isEqualTo(MODEL));
    }

    /** The package is fetched into the build folder, once. */
    @Test
    void shouldServeTheClientForNode() throws Exception {
        Path folder = Files.createDirectories(Path.of("target", "node"));
        if (!Files.isDirectory(folder.resolve("node_modules/openai"))) {
            Tool.run(folder, "npm", "install", "--no-fund", "--no-audit", "--silent", NODE_CLIENT);
        }
        Path script = folder.resolve("client.mjs");
        Files.copy(
                Path.of("src/test/node/client.mjs"), script, StandardCopyOption.REPLACE_EXISTING);

        assertThat(Tool.run(folder, "node", "client.mjs", url)).contains("all well");
    }

    @ParameterizedTest
    @CsvSource({"bash, bash -s", "python, python3 -"})
    void shouldAnswerTheCallsOfTheReadme(String language, String command) throws Exception {
        String readme = Files.readString(EngineClassPath.home().resolve("README.md"));
        Matcher block =
                Pattern.compile("```" + language + "\n(.*?v1/completions.*?)```", Pattern.DOTALL)
                        .matcher(readme);
        assertThat(block.find()).isTrue();
        String script = block.group(1).replace("http://127.0.0.1:8012", url);

        String answer = Tool.feed(script, command.split(" "));

        assertThat(answer).contains("text_completion", "\"text\"");
    }

    @Test
    void shouldShowTheSystemLiveInABrowser() throws Exception {
        List<String> command =
                List.of(
                        "chromium",
                        "--headless",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-dev-shm-usage",
                        "--virtual-time-budget=20000",
                        "--dump-dom",
                        url + "/#Once%20upon%20a%20time");

        String page = Tool.run(Path.of("target"), command.toArray(new String[0]));

        assertThat(page).contains("engine-0", "prefill", "engine-2", ">ready<");
        assertThat(page).containsPattern("<pre id=\"answer\">[^<]{20,}</pre>");
    }

    private static CompletionCreateParams.Builder completion() {
        return CompletionCreateParams.builder()
                .model(MODEL)
                .prompt("Once upon a time")
                .temperature(0)
                .maxTokens(24)
                .putAdditionalBodyProperty("ignore_eos", JsonValue.from(true));
    }

    private static ChatCompletionCreateParams.Builder chat() {
        return ChatCompletionCreateParams.builder()
                .model(MODEL)
                .addUserMessage("What is a stream?")
                .temperature(0)
                .maxCompletionTokens(24);
    }
}
