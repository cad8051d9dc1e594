package dev.tropical.e2e;

import static dev.tropical.e2e.GatewayCalls.CHAT;
import static dev.tropical.e2e.GatewayCalls.COMPLETIONS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Log probabilities of the prompt's own tokens, from the engine to the answer. */
@ExtendWith(GatewaySystem.class)
class PromptLogprobsITCase {
    private static TestSystem system;
    private static GatewayCalls calls;

    @BeforeAll
    static void start(TestSystem shared) {
        system = shared;
        calls = new GatewayCalls(shared.local().gatewayUrl());
    }

    @Test
    void shouldTellTheLogprobsOfThePrompt() throws Exception {
        String body =
                "{\"prompt\":\"Once upon a"
                        + " time\",\"temperature\":0,\"max_tokens\":%d,\"ignore_eos\":true%s}";
        JsonNode echoed = json(COMPLETIONS, body.formatted(1, ",\"echo\":true,\"logprobs\":2"));
        JsonNode choice = echoed.at("/choices/0");
        int prompt = echoed.at("/usage/prompt_tokens").asInt();
        assertThat(choice.path("text").asText()).startsWith("Once upon a time");
        assertThat(choice.at("/logprobs/tokens")).hasSize(prompt + 1);
        assertThat(choice.at("/logprobs/token_logprobs/0").isNull()).isTrue();
        assertThat(choice.at("/logprobs/token_logprobs/1").asDouble()).isNegative();
        assertThat(choice.at("/logprobs/text_offset/" + prompt).asInt())
                .isEqualTo("Once upon a time".length());
        JsonNode apart = json(COMPLETIONS, body.formatted(1, ",\"prompt_logprobs\":2"));
        JsonNode scores = apart.at("/choices/0/prompt_logprobs");
        assertThat(scores).hasSize(prompt);
        assertThat(scores.get(0).isNull()).isTrue();
        for (int i = 1; i < prompt; i++) {
            JsonNode own = scores.get(i).elements().next();
            assertThat(own.path("logprob").asDouble())
                    .isEqualTo(choice.at("/logprobs/token_logprobs/" + i).asDouble());
            assertThat(own.path("decoded_token").asText())
                    .isEqualTo(choice.at("/logprobs/tokens/" + i).asText());
            assertThat(own.path("rank").asInt()).isPositive();
        }
    }

    /** A token scores in a prompt as it did when it was generated, also over many chunks. */
    @Test
    void shouldScoreAPromptAsItWasGenerated() throws Exception {
        String body = "{\"prompt\":%s,\"temperature\":0,\"max_tokens\":%d,\"ignore_eos\":true,%s}";
        List<Integer> prompt = List.of(1, 403, 407, 261, 378);
        Outcome generated =
                Outcome.of(system.client(), body.formatted(prompt, 200, "\"logprobs\":0"));
        List<Integer> all = new ArrayList<>(prompt);
        all.addAll(generated.tokens.get(0));

        JsonNode scores =
                json(COMPLETIONS, body.formatted(all, 1, "\"prompt_logprobs\":0"))
                        .at("/choices/0/prompt_logprobs");

        assertThat(scores).hasSize(all.size());
        for (int i = prompt.size(); i < all.size(); i++) {
            JsonNode own = scores.get(i).path(Integer.toString(all.get(i)));
            assertThat(own.path("rank").asInt()).isEqualTo(1);
            assertThat(own.path("logprob").asDouble())
                    .isCloseTo(generated.logprobs.get(i - prompt.size()), within(1e-3));
        }
    }

    @Test
    void shouldTellThemOnceForAChatAndInNoStream() throws Exception {
        String body =
                "{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"max_tokens\":2,"
                        + "\"n\":2,\"prompt_logprobs\":1%s}";
        JsonNode chat = json(CHAT, body.formatted(""));
        assertThat(chat.path("prompt_logprobs")).hasSize(chat.at("/usage/prompt_tokens").asInt());
        HttpResponse<String> refused = calls.post(CHAT, body.formatted(",\"stream\":true"));
        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(refused.body()).contains("\"param\":\"prompt_logprobs\"");
    }

    private static JsonNode json(String path, String body) throws Exception {
        HttpResponse<String> answer = calls.post(path, body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return GatewayCalls.JSON.readTree(answer.body());
    }
}
