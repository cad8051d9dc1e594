package dev.tropical.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tropical.kafka.CompletionEvent;
import dev.tropical.kafka.CompletionEvent.Chunk;
import dev.tropical.kafka.CompletionEvent.Ending;
import dev.tropical.kafka.CompletionListener;
import dev.tropical.kafka.CompletionStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** Requests under way, each gathered by the client's thread. */
final class Streams {
    private static final Duration PATIENCE = Duration.ofSeconds(150);

    private final List<CompletableFuture<Outcome>> outcomes = new ArrayList<>();
    private final AtomicInteger tokens = new AtomicInteger();

    /** Submits the bodies as {@code run-0}, {@code run-1}, ... */
    static Streams submit(CompletionStream client, String run, List<String> bodies) {
        return submit(client, run, bodies, Duration.ZERO);
    }

    /** The same by a client that takes this long over each event. */
    static Streams submit(
            CompletionStream client, String run, List<String> bodies, Duration pause) {
        Streams streams = new Streams();
        for (int i = 0; i < bodies.size(); i++) {
            CompletableFuture<Outcome> done = new CompletableFuture<>();
            Collector collector = new Collector(new Outcome(), done, streams.tokens, pause);
            client.submit(run + "-" + i, bodies.get(i).getBytes(UTF_8), PATIENCE, collector);
            streams.outcomes.add(done);
        }
        return streams;
    }

    /** Tokens that have come so far, of all requests. */
    int tokens() {
        return tokens.get();
    }

    boolean areEnded() {
        return outcomes.stream().allMatch(CompletableFuture::isDone);
    }

    /** What each request's stream said, once all have ended. */
    List<Outcome> await() throws Exception {
        List<Outcome> all = new ArrayList<>();
        for (CompletableFuture<Outcome> outcome : outcomes) {
            all.add(outcome.get(PATIENCE.toSeconds(), TimeUnit.SECONDS));
        }
        return all;
    }

    private record Collector(
            Outcome outcome, CompletableFuture<Outcome> done, AtomicInteger tokens, Duration pause)
            implements CompletionListener {
        @Override
        public void onEvent(CompletionEvent event) {
            LockSupport.parkNanos(pause.toNanos());
            try {
                outcome.add(event);
            } catch (AssertionError e) {
                done.completeExceptionally(e);
            }
            if (event instanceof Chunk chunk) {
                tokens.addAndGet(chunk.tokenIds().size());
            } else if (event instanceof Ending) {
                done.complete(outcome);
            }
        }

        @Override
        public void onFailure(RuntimeException failure) {
            done.completeExceptionally(failure);
        }
    }
}
