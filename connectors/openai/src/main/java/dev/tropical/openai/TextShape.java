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
    public ObjectNode delta(int choice, ObjectNode toolCall) {
        throw new IllegalStateException("a completion calls no tools");
    }

    @Override
    public ObjectNode finish(Finish finish) {
        return choice(finish.choice(), "", List.of(), 0, finish.reason(), finish.stopReason());
    }

    @Override
    public ObjectNode whole(Whole whole) {
        Finish finish = whole.finish();
        ObjectNode node =
                choice(
                        finish.choice(),
                        whole.text(),
                        whole.logprobs(),
                        whole.textOffset(),
                        finish.reason(),
                        finish.stopReason());
        if (!whole.prompt().isEmpty()) {
            node.set("prompt_logprobs", PromptLogprobs.toJson(whole.prompt()));
        }
        return node;
    }

    @Override
    public boolean isPromptInChoices() {
        return true;
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

    /** Four parallel lists, one entry a token. A prompt's first token has no probability. */
    private static ObjectNode logprobs(List<TokenLogprob> tokens, int textOffset) {
        ArrayNode offsets = Json.array();
        ArrayNode values = Json.array();
        ArrayNode texts = Json.array();
        ArrayNode tops = Json.array();
        int offset = textOffset;
        for (TokenLogprob token : tokens) {
            int start = TokenText.startsInside(token.bytes()) ? offset - 1 : offset;
            offsets.add(Math.max(0, start));
            texts.add(TokenText.of(token.bytes()));
            if (Float.isNaN(token.logprob())) {
                values.addNull();
                tops.addNull();
            } else {
                values.add(TokenText.finite(token.logprob()));
                tops.add(top(token));
            }
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
