package dev.tropical.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;

/** Many requests at once, each of whose text must be what one request alone gives. */
final class Load {
    private static final List<String> PROMPTS =
            List.of(
                    "Once upon a time",
                    "One day, a little",
                    "The dog was",
                    "Mia had a red",
                    "In the morning",
                    "There was a big");

    private Load() {}

    static void run(TestSystem system, int requests) throws Exception {
        List<Outcome> alone = new ArrayList<>();
        for (String prompt : PROMPTS) {
            alone.add(Outcome.of(system.client(), body(prompt)));
        }
        String run = "load-" + System.nanoTime();
        List<String> bodies = new ArrayList<>();
        for (int i = 0; i < requests; i++) {
            bodies.add(body(PROMPTS.get(i % PROMPTS.size())));
        }
        List<Outcome> outcomes = Streams.submit(system.client(), run, bodies).await();
        for (int i = 0; i < requests; i++) {
            Outcome outcome = outcomes.get(i);
            assertThat(outcome.error).isNull();
            assertThat(outcome.tokens).isEqualTo(alone.get(i % PROMPTS.size()).tokens);
            assertThat(outcome.text()).isEqualTo(alone.get(i % PROMPTS.size()).text());
            assertThat(outcome.finishes).hasSize(1);
        }
        Records.assertOneEndingEach(system.local().kafka(), run, requests);
    }

    private static String body(String prompt) {
        return "{\"prompt\":\"" + prompt + "\",\"temperature\":0,\"max_tokens\":32}";
    }
}
