package dev.tropical.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tropical.openai.Call.Logprobs;
import dev.tropical.protocol.CompletionRecord.Alternative;
import dev.tropical.protocol.CompletionRecord.TokenLogprob;
import java.util.List;

/** {@code prompt_logprobs}, vLLM's: what a call asks for, and how the answer words it. */
final class PromptLogprobs {
    private PromptLogprobs() {}

    /**
     * Which log probabilities a body asks for.
     *
     * @throws ApiException when the prompt's are asked for in a stream, which has no place for them
     */
    static Logprobs asked(ObjectNode body, boolean isStream) {
        JsonNode ofPrompt = body.path(ApiFields.PROMPT_LOGPROBS);
        if (isStream && !ofPrompt.isMissingNode()) {
            throw ApiError.invalid(
                            ApiFields.PROMPT_LOGPROBS, ofPrompt, "absent in a stream, as in vLLM")
                    .asException();
        }
        JsonNode logprobs = body.path(ApiFields.LOGPROBS);
        boolean isRefused = logprobs.isBoolean() && !logprobs.booleanValue();
        boolean ofTokens = !logprobs.isMissingNode() && !isRefused;
        boolean ofEcho = ofTokens && body.path(ApiFields.ECHO).asBoolean();
        return new Logprobs(ofTokens, ofEcho, !ofPrompt.isMissingNode());
    }

    /** By token: null for the first, then its own and its alternatives by their ids. */
    static ArrayNode toJson(List<TokenLogprob> prompt) {
        ArrayNode all = Json.array();
        for (TokenLogprob token : prompt) {
            if (Float.isNaN(token.logprob())) {
                all.addNull();
                continue;
            }
            ObjectNode node = all.addObject();
            node.set(
                    Integer.toString(token.tokenId()),
                    entry(token.bytes(), token.logprob(), token.rank()));
            for (int i = 0; i < token.top().length; i++) {
                Alternative other = token.top()[i];
                String id = Integer.toString(other.tokenId());
                if (!node.has(id)) {
                    node.set(id, entry(other.bytes(), other.logprob(), i + 1));
                }
            }
        }
        return all;
    }

    private static ObjectNode entry(byte[] bytes, float logprob, int rank) {
        return Json.object()
                .put("logprob", TokenText.finite(logprob))
                .put("rank", rank)
                .put("decoded_token", TokenText.of(bytes));
    }
}
