package dev.tropical.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tropical.kafka.CompletionEvent.Finish;
import dev.tropical.protocol.CompletionRecord.Alternative;
import dev.tropical.protocol.CompletionRecord.TokenLogprob;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The shape of {@code /v1/chat/completions}; {@code stop_reason} is vLLM's addition. */
final class ChatShape implements Shape {
    @Override
    public String chunkObject() {
        return "chat.completion.chunk";
    }

    @Override
    public String wholeObject() {
        return "chat.completion";
    }

    @Override
    public ObjectNode opening(int choice) {
        ObjectNode delta = Json.object();
        delta.put("role", "assistant").put("content", "");
        return choice(choice, "delta", delta, List.of(), null);
    }

    @Override
    public ObjectNode delta(int choice, String text, List<TokenLogprob> logprobs, int textOffset) {
        return choice(choice, "delta", Json.object().put("content", text), logprobs, null);
    }

    @Override
    public ObjectNode delta(int choice, ObjectNode toolCall) {
        ObjectNode delta = Json.object();
        delta.putArray("tool_calls").add(toolCall);
        return choice(choice, "delta", delta, List.of(), null);
    }

    @Override
    public ObjectNode finish(Finish finish) {
        return choice(finish.choice(), "delta", Json.object(), List.of(), finish);
    }

    @Override
    public ObjectNode whole(Whole whole) {
        ObjectNode message = Json.object();
        boolean isCallAlone = whole.text().isEmpty() && !whole.toolCalls().isEmpty();
        message.put("role", "assistant")
                .put("content", isCallAlone ? null : whole.text())
                .putNull("refusal");
        if (!whole.toolCalls().isEmpty()) {
            message.putArray("tool_calls").addAll(whole.toolCalls());
        }
        Finish finish = whole.finish();
        return choice(finish.choice(), "message", message, whole.logprobs(), finish);
    }

    @Override
    public boolean isPromptInChoices() {
        return false;
    }

    private static ObjectNode choice(
            int choice,
            String field,
            ObjectNode content,
            List<TokenLogprob> logprobs,
            @Nullable Finish finish) {
        ObjectNode node = Json.object();
        node.put("index", choice).set(field, content);
        node.set("logprobs", logprobs.isEmpty() ? null : logprobs(logprobs));
        node.put("finish_reason", finish == null ? null : finish.reason());
        return finish == null ? node : node.put("stop_reason", finish.stopReason());
    }

    private static ObjectNode logprobs(List<TokenLogprob> tokens) {
        ArrayNode content = Json.array();
        for (TokenLogprob token : tokens) {
            ArrayNode top = Json.array();
            for (Alternative alternative : token.top()) {
                top.add(token(alternative.bytes(), alternative.logprob()));
            }
            content.add(token(token.bytes(), token.logprob()).set("top_logprobs", top));
        }
        ObjectNode node = Json.object();
        node.set("content", content);
        return node;
    }

    private static ObjectNode token(byte[] bytes, float logprob) {
        ArrayNode values = Json.array();
        for (byte b : bytes) {
            values.add(b & 0xff);
        }
        ObjectNode node = Json.object();
        node.put("token", TokenText.of(bytes)).put("logprob", TokenText.finite(logprob));
        node.set("bytes", values);
        return node;
    }
}
