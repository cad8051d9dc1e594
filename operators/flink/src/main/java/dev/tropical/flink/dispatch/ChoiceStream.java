package dev.tropical.flink.dispatch;

import dev.tropical.flink.dispatch.TextSource.ChoiceText;
import dev.tropical.protocol.CompletionRecord.Chunk;
import dev.tropical.protocol.CompletionRecord.Finish;
import dev.tropical.protocol.CompletionRecord.Meta;
import dev.tropical.protocol.CompletionRecord.Text;
import dev.tropical.protocol.CompletionRecord.TokenLogprob;
import dev.tropical.protocol.CompletionRecord.Tokens;
import dev.tropical.protocol.FinishWord;
import dev.tropical.protocol.wire.AdmittedRequest;
import dev.tropical.protocol.wire.ChoiceProgress;
import dev.tropical.protocol.wire.FinishReason;
import dev.tropical.protocol.wire.InFlightChoice;
import dev.tropical.protocol.wire.Timings;
import dev.tropical.protocol.wire.TokenEvent;
import dev.tropical.protocol.wire.TokenLogprobs;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What one choice has said so far. Takes the engines' token events in any cut and gives out each
 * token exactly once and in order; text and offsets follow from the tokens alone.
 */
final class ChoiceStream {
    private static final TokenLogprob[] NO_LOGPROBS = {};

    private final AdmittedRequest request;
    private final int index;
    private final TextSource texts;
    private final int echoCodePoints;
    private final GeneratedTokens tokens;
    private final EngineSide engine = new EngineSide();
    private @Nullable ChoiceText text; // null until a token comes, and again after the finish
    private @Nullable String finishReason; // as readers have been told it
    private @Nullable String stopReason;
    private boolean isEndedByText;
    private Timings timings = Timings.getDefaultInstance();

    /**
     * @param echoCodePoints length of the prompt's text that precedes the choice's own; 0 without
     *     {@code echo}
     */
    ChoiceStream(AdmittedRequest request, int index, TextSource texts, int echoCodePoints) {
        this.request = request;
        this.index = index;
        this.texts = texts;
        this.echoCodePoints = echoCodePoints;
        this.tokens = new GeneratedTokens(request.getSampling().getLogprobs() >= 0);
    }

    int index() {
        return index;
    }

    /** Where its tokens come from. */
    EngineSide engine() {
        return engine;
    }

    /** All that readers have been sent. */
    GeneratedTokens tokens() {
        return tokens;
    }

    int tokenCount() {
        return tokens.count();
    }

    boolean isFinished() {
        return finishReason != null;
    }

    /** By what a failing request ended it, or null: then it runs, or an engine has ended it. */
    @Nullable FinishWord cutBy() {
        if (FinishWord.CANCELLED.word().equals(finishReason)) {
            return FinishWord.CANCELLED;
        }
        return FinishWord.ERROR.word().equals(finishReason) ? FinishWord.ERROR : null;
    }

    Timings timings() {
        return timings;
    }

    /** Goes on where readers already are: nothing of it is given out again. */
    void restore(InFlightChoice state) {
        tokens.addAll(state.getTokenIdsList(), state.getLogprobsList(), 0);
        finishReason = nullIfEmpty(state.getFinishReason());
        stopReason = nullIfEmpty(state.getStopReason());
        timings = state.getTimings();
        engine.heldBy(state.getEngineId());
        text = null;
    }

    InFlightChoice toState() {
        return InFlightChoice.newBuilder()
                .setEngineId(engine.holder())
                .setTimings(timings)
                .addAllTokenIds(tokens.idList())
                .addAllLogprobs(tokens.logprobs())
                .setFinishReason(emptyIfNull(finishReason))
                .setStopReason(emptyIfNull(stopReason))
                .build();
    }

    private static @Nullable String nullIfEmpty(String word) {
        return word.isEmpty() ? null : word;
    }

    private static String emptyIfNull(@Nullable String word) {
        return word == null ? "" : word;
    }

    /** What the next attempt goes on from. */
    ChoiceProgress toProgress() {
        return ChoiceProgress.newBuilder()
                .setChoice(index)
                .setFinished(isFinished())
                .setFinishReason(emptyIfNull(finishReason))
                .setStopReason(emptyIfNull(stopReason))
                .addAllGeneratedTokenIds(tokens.idList())
                .addAllGeneratedLogprobs(tokens.logprobs())
                .build();
    }

    /**
     * Readers have already been sent these tokens, by a run of the job that this one's state does
     * not reach up to. Tokens behind a gap are left to the engine to send again.
     */
    void assume(Chunk emitted) {
        Tokens theirs = emitted.tokens();
        if (isFinished() || theirs.offset() > tokens.count()) {
            return;
        }
        tokens.addAll(
                Arrays.stream(theirs.ids()).boxed().toList(),
                Logprobs.toEngine(theirs.logprobs()),
                tokens.count() - theirs.offset());
        finishReason = emitted.finish() == null ? null : emitted.finish().reason();
        stopReason = emitted.finish() == null ? null : emitted.finish().stopReason();
        text = null;
    }

    /** The prompt's text, as {@code echo} puts it first. */
    Chunk echo(String promptText, Meta meta) {
        return chunk(Tokens.none(0), new Text(0, promptText), null, meta);
    }

    /**
     * Takes what is new of an event whose offset leaves no gap.
     *
     * @return the record for readers, or null when the event says nothing new
     */
    @Nullable Chunk take(TokenEvent event, Meta meta) {
        if (event.hasTimings()) {
            // An engine that took the sequence over knows nothing of the phases before: they stay.
            timings = timings.toBuilder().mergeFrom(event.getTimings()).build();
        }
        int skipped = tokens.count() - event.getOffset();
        int fresh = event.getTokenIdsCount() - skipped;
        FinishReason finish = event.getFinish();
        boolean ends = finish == FinishReason.STOP || finish == FinishReason.LENGTH;
        if (isFinished() || (fresh <= 0 && !ends)) {
            return null;
        }
        int tokenOffset = tokens.count();
        ChoiceText cursor = text();
        int textOffset = echoCodePoints + cursor.textOffset();
        String said = say(event, Math.max(0, skipped), cursor);
        String reason = finishWord(cursor, finish);
        if (reason != null) {
            said += cursor.finish();
            text = null;
            isEndedByText = cursor.stopString() != null;
        }
        finishReason = reason;
        stopReason = stopReason(cursor, event);
        return new Chunk(
                request.getId(),
                index,
                new Tokens(tokenOffset, tokens.ids(tokenOffset), logprobs(event, tokenOffset)),
                new Text(textOffset, said),
                reason == null ? null : new Finish(reason, stopReason),
                promptLogprobs(event, tokenOffset),
                meta);
    }

    /** Takes the event's tokens from index {@code from} on, and gives their text. */
    private String say(TokenEvent event, int from, ChoiceText cursor) {
        boolean isStopSaid =
                event.getFinish() != FinishReason.STOP || request.getIncludeStopInOutput();
        StringBuilder said = new StringBuilder();
        for (int i = from; i < event.getTokenIdsCount(); i++) {
            int token = event.getTokenIds(i);
            tokens.add(token, event.getLogprobsList(), i);
            boolean isLast = i == event.getTokenIdsCount() - 1;
            if (!isLast || isStopSaid) {
                said.append(cursor.push(token));
            }
            if (cursor.stopString() != null) {
                break; // what the engine made beyond the stop string is never said
            }
        }
        return said.toString();
    }

    /** Ends the choice without an engine: what was held back and the reason. */
    Chunk cut(FinishWord reason, Meta meta) {
        ChoiceText cursor = text();
        int textOffset = echoCodePoints + cursor.textOffset();
        String rest = cursor.finish();
        text = null;
        finishReason = reason.word();
        return chunk(
                Tokens.none(tokens.count()),
                new Text(textOffset, rest),
                new Finish(finishReason, null),
                meta);
    }

    /** Whether a stop string ended the choice; engines know nothing of those and go on. */
    boolean isEndedByText() {
        return isEndedByText;
    }

    private static @Nullable String finishWord(ChoiceText cursor, FinishReason finish) {
        if (cursor.stopString() != null) {
            return FinishWord.STOP.word();
        }
        return switch (finish) {
            case STOP -> FinishWord.STOP.word();
            case LENGTH -> FinishWord.LENGTH.word();
            default -> null;
        };
    }

    private static @Nullable String stopReason(ChoiceText cursor, TokenEvent event) {
        if (cursor.stopString() != null) {
            return cursor.stopString();
        }
        return event.getFinish() == FinishReason.STOP && event.getStopTokenId() >= 0
                ? Integer.toString(event.getStopTokenId())
                : null;
    }

    private TokenLogprob[] logprobs(TokenEvent event, int tokenOffset) {
        if (event.getLogprobsCount() == 0 || tokens.logprobs().isEmpty()) {
            return NO_LOGPROBS;
        }
        int[] fresh = tokens.ids(tokenOffset);
        TokenLogprob[] logprobs = new TokenLogprob[fresh.length];
        for (int i = 0; i < logprobs.length; i++) {
            TokenLogprobs drawn = tokens.logprobs().get(tokenOffset + i);
            logprobs[i] = Logprobs.of(request, texts, fresh[i], drawn);
        }
        return logprobs;
    }

    private TokenLogprob[] promptLogprobs(TokenEvent event, int tokenOffset) {
        boolean isTold = request.getSampling().hasPromptLogprobs() && tokenOffset == 0;
        return isTold
                ? Logprobs.ofPrompt(request, texts, event.getPromptLogprobsList())
                : NO_LOGPROBS;
    }

    private ChoiceText text() {
        if (text == null) {
            text = texts.open(request, tokens.ids());
        }
        return text;
    }

    private Chunk chunk(Tokens said, Text saidText, @Nullable Finish finish, Meta meta) {
        return new Chunk(request.getId(), index, said, saidText, finish, meta);
    }
}
