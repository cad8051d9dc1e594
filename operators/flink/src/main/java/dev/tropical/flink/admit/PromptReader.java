package dev.tropical.flink.admit;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tropical.flink.text.ModelAssets;
import dev.tropical.protocol.ErrorCode;
import java.util.Arrays;

/** The fields that make the prompt: {@code prompt}, or {@code messages} and what goes with them. */
final class PromptReader {
    private final Fields fields;
    private final ModelAssets model;
    private final int contextTokens;

    PromptReader(Fields fields, ModelAssets model, int contextTokens) {
        this.fields = fields;
        this.model = model;
        this.contextTokens = contextTokens;
    }

    /** The prompt's token ids, at least one, and room for one more in the context. */
    int[] read(boolean isChat) throws RequestFault {
        String param = isChat ? "messages" : "prompt";
        // 0 = the whole prompt; -1, vLLM's word for what the context holds.
        int mostTokens = fields.integer("truncate_prompt_tokens", 0, -1, contextTokens - 1);
        if (mostTokens == -1) {
            mostTokens = contextTokens - 1;
        }
        int[] tokenIds = mostTokens > 0 ? last(mostTokens, tokenIds(isChat)) : tokenIds(isChat);
        if (tokenIds.length == 0) {
            throw fields.fault(param, "no tokens", "at least one token");
        }
        if (tokenIds.length >= contextTokens) {
            throw tooLong(param, tokenIds.length + " tokens");
        }
        return tokenIds;
    }

    private static int[] last(int count, int[] tokenIds) {
        return tokenIds.length <= count
                ? tokenIds
                : Arrays.copyOfRange(tokenIds, tokenIds.length - count, tokenIds.length);
    }

    private int[] tokenIds(boolean isChat) throws RequestFault {
        if (isChat) {
            // The template has put the special tokens where they belong.
            boolean addsSpecialTokens = fields.flag("add_special_tokens", false);
            String text = new ChatPromptReader(fields, model).read();
            return encode("messages", text, addsSpecialTokens);
        }
        boolean addsSpecialTokens = fields.flag("add_special_tokens", true);
        JsonNode prompt = fields.value("prompt");
        if (prompt != null && prompt.isTextual()) {
            return encode("prompt", prompt.textValue(), addsSpecialTokens);
        }
        if (prompt == null || !prompt.isArray()) {
            throw fields.fault(
                    "prompt",
                    prompt == null ? "absent" : prompt,
                    "a string or a list of token ids");
        }
        return checked(prompt);
    }

    private int[] checked(JsonNode prompt) throws RequestFault {
        int[] tokenIds = new int[prompt.size()];
        for (int i = 0; i < tokenIds.length; i++) {
            tokenIds[i] = SamplingReader.checkedTokenId("prompt", prompt.get(i), model);
        }
        return tokenIds;
    }

    private int[] encode(String param, String text, boolean addSpecialTokens) throws RequestFault {
        if (text.isEmpty()) {
            throw fields.fault(param, "empty", "at least one token");
        }
        // Spares the tokenizer texts that cannot fit: a token stands for so many bytes at most.
        boolean isTruncated = fields.value("truncate_prompt_tokens") != null;
        if (!isTruncated
                && text.length() / model.tokenizer().longestTokenBytes() >= contextTokens) {
            throw tooLong(param, text.length() + " characters");
        }
        return model.tokenizer().encode(text, addSpecialTokens);
    }

    private RequestFault tooLong(String param, String size) {
        return new RequestFault(
                ErrorCode.CONTEXT_LENGTH_EXCEEDED,
                param
                        + ": "
                        + size
                        + " (expected: at most "
                        + (contextTokens - 1)
                        + " tokens, so that one more fits the context of "
                        + contextTokens
                        + ")",
                param);
    }
}
