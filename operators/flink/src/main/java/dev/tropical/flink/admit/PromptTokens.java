package dev.tropical.flink.admit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tropical.flink.text.ModelAssets;
import dev.tropical.flink.text.ModelCatalog;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/**
 * The tokens that admission makes of a prompt, and their text, for those who ask before they send.
 * Safe for many threads at once; the catalog stays the caller's.
 */
public final class PromptTokens {
    private static final Set<String> MODEL = Set.of("model");

    private final ModelCatalog catalog;

    public PromptTokens(ModelCatalog catalog) {
        this.catalog = catalog;
    }

    /**
     * Token ids of a prompt of any length.
     *
     * @param body {@code prompt} or {@code messages} and what goes with them, as in a request
     * @throws RequestFault naming the field
     */
    public int[] tokenize(ObjectNode body) throws RequestFault {
        Fields fields = new Fields(body, "");
        ModelAssets model = Models.named(fields, catalog);
        boolean isChat = RequestParser.isChat(fields);
        int[] tokenIds = new PromptReader(fields, model, Integer.MAX_VALUE).read(isChat);
        fields.requireNoOthers(MODEL);
        return tokenIds;
    }

    /**
     * Text of token ids.
     *
     * @param body {@code tokens}
     * @throws RequestFault naming the field
     */
    public String detokenize(ObjectNode body) throws RequestFault {
        Fields fields = new Fields(body, "");
        ModelAssets model = Models.named(fields, catalog);
        JsonNode tokens = fields.value("tokens");
        if (tokens == null || !tokens.isArray()) {
            throw fields.fault("tokens", tokens == null ? "absent" : tokens, "a list of token ids");
        }
        fields.requireNoOthers(MODEL);
        int[] tokenIds = new int[tokens.size()];
        for (int i = 0; i < tokenIds.length; i++) {
            tokenIds[i] = SamplingReader.checkedTokenId("tokens", tokens.get(i), model);
        }
        return model.tokenizer().decode(tokenIds, false);
    }

    /** A token's own text; U+FFFD for part of a character. */
    public String textOf(ObjectNode body, int tokenId) throws RequestFault {
        ModelAssets model = Models.named(new Fields(body, ""), catalog);
        return new String(model.tokenizer().bytesOf(tokenId), StandardCharsets.UTF_8);
    }
}
