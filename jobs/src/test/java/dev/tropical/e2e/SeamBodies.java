package dev.tropical.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.kafka.CompletionStream;
import java.util.ArrayList;
import java.util.List;

/**
 * Requests whose streams show whether an engine went on exactly where another had stopped, and what
 * each of them says when nothing breaks.
 */
final class SeamBodies {
    private static final String LONG_PROMPT =
            "Once upon a time there was a dog who lived in a small house. ".repeat(16);

    private final List<String> bodies;
    private final List<Outcome> alone;

    private SeamBodies(List<String> bodies, List<Outcome> alone) {
        this.bodies = bodies;
        this.alone = alone;
    }

    /** One of each kind, of about so many tokens; the last has no seed. */
    static SeamBodies measure(CompletionStream client, int tokens) throws Exception {
        String whole =
                Outcome.of(client, body("Mia had a red", tokens, "\"temperature\":0")).text();
        String late = whole.substring(whole.length() - 20, whole.length() - 10);
        List<String> bodies =
                List.of(
                        body("Once upon a time", tokens, "\"temperature\":0"),
                        body(LONG_PROMPT, tokens, "\"temperature\":0"),
                        body(
                                "The dog was",
                                tokens,
                                "\"temperature\":0,\"frequency_penalty\":0.7,"
                                        + "\"presence_penalty\":0.4,\"repetition_penalty\":1.1,"
                                        + "\"logprobs\":2"),
                        // No end of sequence before the 120th token.
                        "{\"prompt\":\"One day\",\"max_tokens\":%d,\"min_tokens\":120,\"temperature\":0}"
                                .formatted(tokens),
                        body(
                                "Mia had a red",
                                tokens,
                                "\"temperature\":0,\"stop\":[\"%s\"]"
                                        .formatted(
                                                late.replace("\n", "\\n").replace("\"", "\\\""))),
                        body("In the morning", tokens, "\"temperature\":0.9,\"seed\":11"),
                        body("There was a big", tokens, "\"temperature\":1"));
        return new SeamBodies(bodies, Streams.submit(client, "alone", bodies).await());
    }

    private static String body(String prompt, int tokens, String sampling) {
        return "{\"prompt\":\"%s\",\"max_tokens\":%d,\"ignore_eos\":true,%s}"
                .formatted(prompt, tokens, sampling);
    }

    /** Each so often, one of each kind after the other. */
    List<String> times(int times) {
        List<String> all = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            all.addAll(bodies);
        }
        return all;
    }

    /** Tokens of one of each. */
    int tokens() {
        return alone.stream().mapToInt(outcome -> outcome.tokens.get(0).size()).sum();
    }

    /** Said what they say alone; the one without a seed as many tokens. */
    void assertSaidBy(List<Outcome> outcomes, String run) {
        for (int i = 0; i < outcomes.size(); i++) {
            int kind = i % bodies.size();
            Outcome expected = alone.get(kind);
            Outcome outcome = outcomes.get(i);
            assertThat(outcome.error).as(run + "-" + i).isNull();
            assertThat(outcome.finishes).as(run + "-" + i).isEqualTo(expected.finishes);
            assertThat(outcome.usage).as(run + "-" + i).isNotNull();
            if (kind == bodies.size() - 1) {
                assertThat(outcome.tokens.get(0)).hasSameSizeAs(expected.tokens.get(0));
            } else {
                assertThat(outcome.tokens).as(run + "-" + i).isEqualTo(expected.tokens);
                assertThat(outcome.text()).as(run + "-" + i).isEqualTo(expected.text());
                assertThat(outcome.logprobs).as(run + "-" + i).isEqualTo(expected.logprobs);
            }
        }
    }
}
