package dev.tropical.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tropical.kafka.CompletionEvent.Finish;
import dev.tropical.protocol.CompletionRecord.Alternative;
import dev.tropical.protocol.CompletionRecord.TokenLogprob;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The shape of {@code /v1/completions}; {@code stop_reason} is vLLM's addition. */
final class TextShape implements Shape {
    @Override
    public String chunkObject() {
        return "text_completion";
    }

    @Override
    public String wholeObject() {
        return "text_completion";
    }

    @Override
    public @Nullable ObjectNode opening(int choice) {
        return null;
    }

    @Override
    public ObjectNode delta(int choice, String text, List<TokenLogprob> logprobs, int textOffset) {
        return choice(choice, text, logprobs, textOffset, null, null);
    }

    @Override
    public ObjectNode finish(Finish finish) {
        return choice(finish.choice(), "", List.of(), 0, finish.reason(), finish.stopReason());
    }

    @Override
    public ObjectNode whole(
            String text, List<TokenLogprob> logprobs, int textOffset, Finish finish) {
        return choice(
                finish.choice(), text, logprobs, textOffset, finish.reason(), finish.stopReason());
    }

    private static ObjectNode choice(
            int choice,
            String text,
            List<TokenLogprob> logprobs,
            int textOffset,
            @Nullable String finishReason,
            @Nullable String stopReason) {
        ObjectNode node = Json.object();
        node.put("index", choice).put("text", text);
        node.set("logprobs", logprobs.isEmpty() ? null : logprobs(logprobs, textOffset));
        return node.put("finish_reason", finishReason).put("stop_reason", stopReason);
    }

    /** Four parallel lists, one entry a token. */
    private static ObjectNode logprobs(List<TokenLogprob> tokens, int textOffset) {
        ArrayNode offsets = Json.array();
        ArrayNode values = Json.array();
        ArrayNode texts = Json.array();
        ArrayNode tops = Json.array();
        int offset = textOffset;
        for (TokenLogprob token : tokens) {
            offsets.add(TokenText.startsInside(token.bytes()) ? Math.max(0, offset - 1) : offset);
            values.add(TokenText.finite(token.logprob()));
            texts.add(TokenText.of(token.bytes()));
            tops.add(top(token));
            offset += TokenText.codePoints(token.bytes());
        }
        ObjectNode node = Json.object();
        node.set("text_offset", offsets);
        node.set("token_logprobs", values);
        node.set("tokens", texts);
        node.set("top_logprobs", tops);
        return node;
    }

    /** The chosen token first, then the alternatives. Of two with the same text the likelier. */
    private static ObjectNode top(TokenLogprob token) {
        ObjectNode node = Json.object();
        node.put(TokenText.of(token.bytes()), TokenText.finite(token.logprob()));
        for (Alternative alternative : token.top()) {
            String text = TokenText.of(alternative.bytes());
            if (!node.has(text)) {
                node.put(text, TokenText.finite(alternative.logprob()));
            }
        }
        return node;
    }
}
