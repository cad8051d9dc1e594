package dev.tropical.kafka;

import dev.tropical.protocol.CompletionRecord;
import dev.tropical.protocol.CompletionRecord.Failure;
import dev.tropical.protocol.CompletionRecord.Finish;
import dev.tropical.protocol.CompletionRecord.TokenLogprob;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Makes one request's events of its records: what was read before is cut off, and must agree.
 * Records of a lower epoch than the highest read are a fenced writer's and are dropped. One thread.
 */
final class CompletionAssembler {
    private final String id;
    private final Map<Integer, ChoiceTranscript> choices = new HashMap<>();
    private final Set<Failure> notices = new HashSet<>();
    private long epoch = Long.MIN_VALUE;
    private long liveEpoch = Long.MIN_VALUE; // while earlier records are replayed
    private boolean isEnded;

    CompletionAssembler(String id) {
        this.id = id;
    }

    /** Whether the ending was read. */
    boolean isEnded() {
        return isEnded;
    }

    /** What follows was said before, under epochs of its own. */
    void beginReplay() {
        liveEpoch = epoch;
        epoch = Long.MIN_VALUE;
    }

    /** What follows goes on from where it was before the replay. */
    void endReplay() {
        epoch = Math.max(epoch, liveEpoch);
    }

    /**
     * The events that a record adds: none when it repeats what is known.
     *
     * @throws ContradictionException when it takes back or skips something
     */
    List<CompletionEvent> accept(CompletionRecord record) {
        if (isEnded || record.meta().epoch() < epoch) {
            return List.of();
        }
        epoch = record.meta().epoch();
        if (record instanceof CompletionRecord.Chunk chunk) {
            return chunk(chunk);
        }
        if (record instanceof CompletionRecord.Ending ending) {
            isEnded = true;
            String timings = ending.meta().timings();
            return List.of(new CompletionEvent.Ending(ending.usage(), ending.error(), timings));
        }
        if (record instanceof CompletionRecord.Notice notice && notices.add(notice.notice())) {
            return List.of(new CompletionEvent.Notice(notice.notice()));
        }
        return List.of();
    }

    private List<CompletionEvent> chunk(CompletionRecord.Chunk record) {
        ChoiceTranscript choice =
                choices.computeIfAbsent(record.choice(), index -> new ChoiceTranscript());
        try {
            List<CompletionEvent> events = new ArrayList<>(2);
            int[] tokens = choice.addTokens(record.tokens().offset(), record.tokens().ids());
            String text = choice.addText(record.text().offset(), record.text().value());
            if (tokens.length > 0 || !text.isEmpty()) {
                events.add(newChunk(record, tokens, text));
            }
            Finish finish = record.finish();
            if (finish != null && choice.finish(finish.reason(), finish.stopReason())) {
                events.add(
                        new CompletionEvent.Finish(
                                record.choice(), finish.reason(), finish.stopReason()));
            }
            return events;
        } catch (ContradictionException e) {
            throw new ContradictionException(
                    "request %s, choice %d: %s".formatted(id, record.choice(), e.getMessage()),
                    e.isGap());
        }
    }

    private static CompletionEvent newChunk(
            CompletionRecord.Chunk record, int[] tokens, String text) {
        int known = record.tokens().ids().length - tokens.length;
        TokenLogprob[] all = record.tokens().logprobs();
        List<TokenLogprob> logprobs =
                all.length == 0 ? List.of() : List.of(all).subList(known, all.length);
        return new CompletionEvent.Chunk(
                record.choice(),
                record.tokens().offset() + known,
                Arrays.stream(tokens).boxed().toList(),
                text,
                logprobs,
                known == 0 ? List.of(record.prompt()) : List.of());
    }
}
