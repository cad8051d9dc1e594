package dev.tropical.e2e;

import dev.tropical.kafka.Completion;
import dev.tropical.kafka.CompletionEvent;
import dev.tropical.kafka.CompletionEvent.Chunk;
import dev.tropical.kafka.CompletionEvent.Ending;
import dev.tropical.kafka.CompletionEvent.Finish;
import dev.tropical.kafka.CompletionEvent.Notice;
import dev.tropical.kafka.CompletionStream;
import dev.tropical.protocol.CompletionRecord.Failure;
import dev.tropical.protocol.CompletionRecord.Usage;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Everything that a request's stream said, once it has ended. */
final class Outcome {
    final Map<Integer, StringBuilder> texts = new TreeMap<>();
    final Map<Integer, List<Integer>> tokens = new TreeMap<>();
    final Map<Integer, String> finishes = new TreeMap<>();
    final List<Float> logprobs = new ArrayList<>(); // of all choices' tokens, as they came
    final List<Failure> notices = new ArrayList<>();
    @Nullable Usage usage;
    @Nullable Failure error;

    static Outcome of(CompletionStream client, String body) {
        return of(client, "test-" + UUID.randomUUID(), body.getBytes(StandardCharsets.UTF_8));
    }

    static Outcome of(CompletionStream client, String id, byte[] body) {
        try (Completion completion = client.submit(id, body, Duration.ofSeconds(60))) {
            return drain(completion);
        }
    }

    static Outcome drain(Completion completion) {
        Outcome outcome = new Outcome();
        while (completion.hasNext()) {
            outcome.add(completion.next());
        }
        return outcome;
    }

    /** Adds an event; offsets must follow without a gap. */
    void add(CompletionEvent event) {
        if (event instanceof Chunk chunk) {
            List<Integer> known =
                    tokens.computeIfAbsent(chunk.choice(), choice -> new ArrayList<>());
            if (!chunk.tokenIds().isEmpty() && chunk.tokenOffset() != known.size()) {
                throw new AssertionError(
                        "choice "
                                + chunk.choice()
                                + ": offset "
                                + chunk.tokenOffset()
                                + " after "
                                + known.size()
                                + " tokens");
            }
            known.addAll(chunk.tokenIds());
            chunk.logprobs().forEach(logprob -> logprobs.add(logprob.logprob()));
            texts.computeIfAbsent(chunk.choice(), choice -> new StringBuilder())
                    .append(chunk.text());
        } else if (event instanceof Finish finish) {
            String before = finishes.put(finish.choice(), finish.reason());
            if (before != null) {
                throw new AssertionError(
                        "choice "
                                + finish.choice()
                                + " finished twice: "
                                + before
                                + ", "
                                + finish.reason());
            }
        } else if (event instanceof Notice notice) {
            notices.add(notice.notice());
        } else if (event instanceof Ending ending) {
            usage = ending.usage();
            error = ending.error();
        }
    }

    String text() {
        return texts.getOrDefault(0, new StringBuilder()).toString();
    }

    @Nullable String finish() {
        return finishes.get(0);
    }
}
