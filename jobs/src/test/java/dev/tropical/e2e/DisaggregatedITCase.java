package dev.tropical.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tropical.kafka.Completion;
import dev.tropical.kafka.CompletionEvent.Chunk;
import dev.tropical.launch.EngineClassPath;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The whole path in mode distserve: Kafka, Flink, one prefill and two decode engine processes,
 * Kafka.
 */
@ExtendWith(GatewaySystem.class)
class DisaggregatedITCase {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static TestSystem system;

    @BeforeAll
    static void start(TestSystem shared) {
        system = shared;
    }

    @Test
    void shouldStreamWhatAnIndependentImplementationGenerates() throws Exception {
        Path expected =
                EngineClassPath.home()
                        .resolve("gpu-engine/src/test/resources/fixtures/demo/expected.json");
        JsonNode fixture = JSON.readTree(expected.toFile());
        for (JsonNode completion : fixture.get("completions")) {
            ObjectNode body = JSON.createObjectNode();
            body.set("prompt", completion.get("prompt"));
            assertGenerates(body, completion);
        }
        for (JsonNode chat : fixture.get("chats")) {
            ObjectNode body = JSON.createObjectNode();
            body.set("messages", chat.get("messages"));
            assertGenerates(body, chat);
        }
    }

    /** As many tokens as the fixture's logits leave no doubt about. */
    private static void assertGenerates(ObjectNode body, JsonNode expected) {
        int robust = expected.get("robustTokens").asInt();
        List<Integer> tokens = new ArrayList<>();
        expected.get("greedy").forEach(token -> tokens.add(token.asInt()));
        body.put("temperature", 0).put("max_tokens", tokens.size());
        Outcome outcome = Outcome.of(system.client(), body.toString());
        assertThat(outcome.error).isNull();
        assertThat(outcome.tokens.get(0).subList(0, robust))
                .as(body.toString())
                .isEqualTo(tokens.subList(0, robust));
        if (robust == tokens.size()) {
            assertThat(outcome.text()).isEqualTo(expected.get("text").asText());
        }
    }

    @Test
    void shouldStreamEveryChoiceOfOneRequest() {
        Outcome outcome =
                Outcome.of(
                        system.client(),
                        "{\"prompt\":\"Once upon a"
                            + " time\",\"n\":3,\"temperature\":1,\"seed\":5,\"max_tokens\":24}");
        assertThat(outcome.error).isNull();
        assertThat(outcome.finishes).hasSize(3);
        assertThat(outcome.texts.values().stream().map(StringBuilder::toString).distinct())
                .hasSize(3);
        assertThat(outcome.usage.completionTokens())
                .isEqualTo(outcome.tokens.values().stream().mapToInt(List::size).sum());
        Outcome again =
                Outcome.of(
                        system.client(),
                        "{\"prompt\":\"Once upon a"
                            + " time\",\"n\":3,\"temperature\":1,\"seed\":5,\"max_tokens\":24}");
        assertThat(again.tokens).isEqualTo(outcome.tokens);
    }

    @Test
    void shouldEndAtAStopStringWithoutShowingIt() {
        String body = "{\"prompt\":\"Once upon a time\",\"temperature\":0,\"max_tokens\":120%s}";
        String whole = Outcome.of(system.client(), body.formatted("")).text();
        String stop = whole.substring(20, 26);
        Outcome outcome =
                Outcome.of(
                        system.client(),
                        body.formatted(",\"stop\":[" + JSON.valueToTree(stop) + "]"));
        assertThat(outcome.text()).isEqualTo(whole.substring(0, whole.indexOf(stop)));
        assertThat(outcome.finish()).isEqualTo("stop");
        system.awaitIdle();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "not JSON           | hello                                                       "
                        + " | invalid_request         | JSON",
                "a wrong type       | {\"prompt\":\"a\",\"max_tokens\":\"many\"}                  "
                        + " | invalid_request         | max_tokens",
                "an unknown model   | {\"prompt\":\"a\",\"model\":\"gpt-17\"}                     "
                        + " | model_not_found         | gpt-17",
                "an empty prompt    | {\"prompt\":\"\"}                                           "
                        + " | invalid_request         | prompt",
                "too many tokens    | {\"prompt\":\"a\",\"max_tokens\":1000000}                   "
                        + " | context_length_exceeded | max_tokens",
                "negative sampling  | {\"prompt\":\"a\",\"temperature\":-1}                       "
                        + " | invalid_request         | temperature",
                "absurd sampling    | {\"prompt\":\"a\",\"top_p\":1e300}                          "
                        + " | invalid_request         | top_p",
                "an unknown field   | {\"prompt\":\"a\",\"temprature\":1}                         "
                        + " | invalid_request         | temprature",
            })
    void shouldAnswerWithAClearError(String name, String body, String code, String mention) {
        Outcome outcome = Outcome.of(system.client(), body);
        assertThat(outcome.error).isNotNull();
        assertThat(outcome.error.code()).isEqualTo(code);
        assertThat(outcome.error.message()).contains(mention);
        shouldStillServe();
    }

    @Test
    void shouldRefuseAPromptLongerThanTheContext() {
        Outcome outcome =
                Outcome.of(
                        system.client(),
                        "{\"prompt\":\""
                                + "once upon a time ".repeat(4000)
                                + "\",\"max_tokens\":1}");
        assertThat(outcome.error.code()).isEqualTo("context_length_exceeded");
        shouldStillServe();
    }

    @Test
    void shouldRefuseARecordOfTenMegabytes() {
        byte[] body = ("{\"prompt\":\"" + "a".repeat(10_000_000) + "\"}").getBytes(UTF_8);
        Outcome outcome = Outcome.of(system.client(), "ten-megabytes", body);
        assertThat(outcome.error.code()).isEqualTo("request_too_large");
        shouldStillServe();
    }

    @Test
    void shouldNotTouchTheFirstStreamOfARepeatedId() {
        String body =
                "{\"prompt\":\"Once upon a"
                        + " time\",\"temperature\":0,\"max_tokens\":150,\"ignore_eos\":true}";
        try (Completion first =
                system.client().submit("twice", body.getBytes(UTF_8), Duration.ofSeconds(60))) {
            Outcome outcome = new Outcome();
            outcome.add(first.next());
            produceAgain("twice", body);
            while (first.hasNext()) {
                outcome.add(first.next());
            }
            assertThat(outcome.error).isNull();
            assertThat(outcome.tokens.get(0)).hasSize(150);
            assertThat(outcome.finish()).isEqualTo("length");
        }
    }

    private static void produceAgain(String id, String body) {
        Records.produce(system.local().kafka(), id, body.getBytes(UTF_8));
    }

    @Test
    void shouldCancelWhileDecodingWithOneEndingAndFreeEveryBlock() {
        String body =
                "{\"prompt\":\"Once upon a"
                        + " time\",\"temperature\":0,\"max_tokens\":1500,\"ignore_eos\":true}";
        try (Completion completion =
                system.client().submit("to-cancel", body.getBytes(UTF_8), Duration.ofSeconds(60))) {
            Outcome outcome = new Outcome();
            int chunks = 0;
            while (completion.hasNext()) {
                var event = completion.next();
                outcome.add(event);
                if (event instanceof Chunk && ++chunks == 5) {
                    system.client().cancel("to-cancel");
                }
            }
            assertThat(outcome.error.code()).isEqualTo("cancelled");
            assertThat(outcome.finish()).isEqualTo("cancelled");
        }
        system.awaitIdle();
    }

    @Test
    void shouldCancelAtAnyMomentBeforeThat() {
        // Cancels sent from 0 to 60 ms after the request meet it in the queue, prefilling,
        // migrating and decoding.
        List<Completion> completions = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            String id = "cancel-early-" + i;
            String body =
                    "{\"prompt\":\""
                            + "Once upon a time there was a dog. ".repeat(20)
                            + "\",\"max_tokens\":800,\"ignore_eos\":true}";
            completions.add(
                    system.client().submit(id, body.getBytes(UTF_8), Duration.ofSeconds(60)));
            sleepMs(i * 2);
            system.client().cancel(id);
        }
        for (Completion completion : completions) {
            assertThat(Outcome.drain(completion).error.code()).isEqualTo("cancelled");
        }
        system.awaitIdle();
    }

    @Test
    void shouldFinishThreeHundredRequestsAtOnce() throws Exception {
        Load.run(system, 300);
        system.awaitIdle();
    }

    private static void shouldStillServe() {
        Outcome outcome =
                Outcome.of(
                        system.client(),
                        "{\"prompt\":\"Once\",\"max_tokens\":2,\"temperature\":0,\"ignore_eos\":true}");
        assertThat(outcome.error).isNull();
        assertThat(outcome.tokens.get(0)).hasSize(2);
    }

    private static void sleepMs(long ms) {
        try {
            Thread.sleep(ms);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
