package dev.tropical.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tropical.kafka.CompletionEvent;
import dev.tropical.kafka.CompletionEvent.Chunk;
import dev.tropical.kafka.CompletionEvent.Ending;
import dev.tropical.kafka.CompletionListener;
import dev.tropical.kafka.CompletionStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Rounds through the inference job with paced engines, whose token ids are clock readings: a
 * token's latency is the time from its making in the engine's process to the client that consumes
 * it.
 */
final class EngineRound {
    /** The clock device's unit of time. */
    private static final long TICK_NS = 100_000;

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final AtomicLong IDS = new AtomicLong();

    private final CompletionStream client;
    private final int vocabSize;
    private final int tokensPerRequest;

    EngineRound(CompletionStream client, int vocabSize, int tokensPerRequest) {
        this.client = client;
        this.vocabSize = vocabSize;
        this.tokensPerRequest = tokensPerRequest;
    }

    /** What a round measured, milliseconds. */
    record Measured(Latencies firstTokens, Latencies tokens) {}

    /**
     * Keeps {@code inFlight} requests going until {@code requests} have ended.
     *
     * @param lifetime of one request at the engines' pace
     */
    Measured run(int inFlight, int requests, Duration lifetime, Duration timeout)
            throws InterruptedException {
        Measured measured = new Measured(new Latencies(), new Latencies());
        AtomicLong left = new AtomicLong(requests);
        CountDownLatch ended = new CountDownLatch(requests);
        AtomicReference<@Nullable RuntimeException> failure = new AtomicReference<>();
        Runnable[] next = new Runnable[1];
        next[0] =
                () -> {
                    if (left.getAndDecrement() > 0) {
                        submit(new Follower(measured, ended, failure, next[0]));
                    }
                };
        // Spread over a request's lifetime, and equally long: they stay spread.
        long gapNs = lifetime.toNanos() / inFlight;
        for (int i = 0; i < inFlight; i++) {
            next[0].run();
            LockSupport.parkNanos(gapNs);
        }
        if (!ended.await(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new IllegalStateException(
                    ended.getCount()
                            + " of "
                            + requests
                            + " requests have not ended within "
                            + timeout.toSeconds()
                            + " s");
        }
        RuntimeException first = failure.get();
        if (first != null) {
            throw first;
        }
        return measured;
    }

    private void submit(Follower follower) {
        String body =
                "{\"prompt\":\"Once upon a"
                        + " time\",\"temperature\":0,\"ignore_eos\":true,\"max_tokens\":"
                        + tokensPerRequest
                        + "}";
        client.submit(
                "overhead-" + System.nanoTime() + "-" + IDS.incrementAndGet(),
                body.getBytes(StandardCharsets.UTF_8),
                Duration.ofSeconds(60),
                follower);
    }

    /** Follows one request; called on the client's one dispatcher thread. */
    private final class Follower implements CompletionListener {
        private final long sentNs = System.nanoTime();
        private final Measured measured;
        private final CountDownLatch ended;
        private final AtomicReference<@Nullable RuntimeException> failure;
        private final Runnable next;
        private long firstNs;

        Follower(
                Measured measured,
                CountDownLatch ended,
                AtomicReference<@Nullable RuntimeException> failure,
                Runnable next) {
            this.measured = measured;
            this.ended = ended;
            this.failure = failure;
            this.next = next;
        }

        @Override
        public void onEvent(CompletionEvent event) {
            long nowNs = System.nanoTime();
            if (event instanceof Chunk chunk && !chunk.tokenIds().isEmpty()) {
                if (firstNs == 0) {
                    firstNs = nowNs;
                }
                for (int tokenId : chunk.tokenIds()) {
                    measured.tokens().add(ageMs(tokenId, nowNs));
                }
            } else if (event instanceof Ending ending) {
                if (ending.error() != null) {
                    failure.compareAndSet(
                            null, new IllegalStateException(ending.error().toString()));
                } else {
                    measured.firstTokens()
                            .add((firstNs - sentNs) / 1e6 - engineMs(ending.timings()));
                }
                ended.countDown();
                next.run();
            }
        }

        @Override
        public void onFailure(RuntimeException e) {
            failure.compareAndSet(null, e);
            ended.countDown();
        }
    }

    /**
     * How long ago the clock device made a token: its id is the time in ticks modulo half the
     * vocabulary, in its upper half. Ages beyond that (150 ms for 3,072 tokens) would wrap.
     */
    private double ageMs(int tokenId, long nowNs) {
        int half = vocabSize / 2;
        long ticks = nowNs / TICK_NS - (tokenId - half);
        return Math.floorMod(ticks, (long) (vocabSize - half)) * TICK_NS / 1e6;
    }

    /**
     * The engine's own part of the time to the first token: waiting for a step, and the paced
     * prefill.
     */
    private static double engineMs(@Nullable String timings) {
        try {
            JsonNode node = JSON.readTree(timings == null ? "{}" : timings);
            if (!node.has("engine_queued_ms") || !node.has("prefill_ms")) {
                throw new IllegalStateException(
                        "timings: " + timings + " (expected: engine_queued_ms and prefill_ms)");
            }
            return node.get("engine_queued_ms").asDouble() + node.get("prefill_ms").asDouble();
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("timings: " + timings + " (expected: JSON)", e);
        }
    }
}
