package dev.tropical.openai;

import dev.tropical.kafka.CompletionEvent;
import dev.tropical.kafka.CompletionEvent.Chunk;
import dev.tropical.kafka.CompletionEvent.Ending;
import dev.tropical.kafka.CompletionEvent.Finish;
import dev.tropical.kafka.CompletionEvent.Notice;
import dev.tropical.kafka.RecordPosition;
import dev.tropical.openai.Call.Choices;
import dev.tropical.openai.Call.Logprobs;
import dev.tropical.protocol.CompletionRecord.Alternative;
import dev.tropical.protocol.CompletionRecord.Failure;
import dev.tropical.protocol.CompletionRecord.TokenLogprob;
import dev.tropical.protocol.CompletionRecord.Usage;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;

/** Events and calls for tests, in few words. */
final class Events {
    static final RecordPosition POSITION = new RecordPosition(3, 120, 15);

    private Events() {}

    static Call call(Endpoint endpoint, boolean isStream, boolean includesUsage) {
        return new Call(
                endpoint,
                "id-1",
                "demo",
                1_700_000_000L,
                isStream,
                includesUsage,
                1,
                new Choices(1, 1, Logprobs.OF_TOKENS, 0));
    }

    /** A chat that shows the model tools. */
    static Call toolsCall(boolean isStream) {
        Choices choices = new Choices(1, 1, Logprobs.NONE, 9);
        return new Call(Endpoint.CHAT, "id-1", "demo", 1_700_000_000L, isStream, false, 1, choices);
    }

    static Chunk chunk(int choice, String text, TokenLogprob... logprobs) {
        List<Integer> ids =
                logprobs.length == 0
                        ? List.of(1)
                        : IntStream.range(0, logprobs.length).boxed().toList();
        return new Chunk(choice, 0, ids, text, List.of(logprobs));
    }

    /** An echoed prompt: text without tokens. */
    static Chunk echo(int choice, String text) {
        return new Chunk(choice, 0, List.of(), text, List.of());
    }

    static Finish finish(int choice, String reason) {
        return new Finish(choice, reason, null);
    }

    static Ending ending(int promptTokens, int completionTokens, int cachedTokens) {
        return new Ending(new Usage(promptTokens, completionTokens, cachedTokens), null, null);
    }

    static Ending failed(String code, String message, String param) {
        return new Ending(null, new Failure(code, message, param), null);
    }

    static Notice notice(String code) {
        return new Notice(new Failure(code, "seen before", null));
    }

    static TokenLogprob token(byte[] bytes, float logprob, Alternative... top) {
        return new TokenLogprob(7, bytes, logprob, top);
    }

    static TokenLogprob token(String text, float logprob, Alternative... top) {
        return token(bytes(text), logprob, top);
    }

    static Alternative alternative(String text, float logprob) {
        return new Alternative(8, bytes(text), logprob);
    }

    /** Feeds the events and returns all that is then ready. */
    static Answer.Part after(Answer answer, CompletionEvent... events) {
        for (CompletionEvent event : events) {
            answer.accept(0, event, POSITION);
        }
        return answer.take();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
