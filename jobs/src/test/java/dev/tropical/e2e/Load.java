package dev.tropical.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.kafka.CompletionEvent;
import dev.tropical.kafka.CompletionEvent.Ending;
import dev.tropical.kafka.CompletionListener;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

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
        List<CompletableFuture<Outcome>> all = new ArrayList<>();
        for (int i = 0; i < requests; i++) {
            CompletableFuture<Outcome> done = new CompletableFuture<>();
            system.client()
                    .submit(
                            run + "-" + i,
                            body(PROMPTS.get(i % PROMPTS.size())).getBytes(UTF_8),
                            Duration.ofSeconds(150),
                            new Collector(done));
            all.add(done);
        }
        for (int i = 0; i < requests; i++) {
            Outcome outcome = all.get(i).get(150, TimeUnit.SECONDS);
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

    private record Collector(Outcome outcome, CompletableFuture<Outcome> done)
            implements CompletionListener {
        Collector(CompletableFuture<Outcome> done) {
            this(new Outcome(), done);
        }

        @Override
        public void onEvent(CompletionEvent event) {
            try {
                outcome.add(event);
            } catch (AssertionError e) {
                done.completeExceptionally(e);
            }
            if (event instanceof Ending) {
                done.complete(outcome);
            }
        }

        @Override
        public void onFailure(RuntimeException failure) {
            done.completeExceptionally(failure);
        }
    }
}
