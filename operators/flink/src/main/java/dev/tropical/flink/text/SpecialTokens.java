package dev.tropical.flink.text;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;

/**
 * What {@code tokenizer_config.json} says on the tokens at the ends of a text.
 *
 * @param bos begin of text, empty when the model has none
 * @param eos end of text, empty when the model has none
 * @param isExplicit whether the file says {@code add_bos_token}; transformers then follows these
 *     flags in place of the post-processor of {@code tokenizer.json}
 * @param addBos whether a plain prompt starts with bos
 * @param addEos whether a plain prompt ends with eos
 */
record SpecialTokens(String bos, String eos, boolean isExplicit, boolean addBos, boolean addEos) {

    static SpecialTokens of(JsonNode tokenizerConfig) {
        return new SpecialTokens(
                content(tokenizerConfig.path("bos_token")),
                content(tokenizerConfig.path("eos_token")),
                tokenizerConfig.path("add_bos_token").isBoolean(),
                tokenizerConfig.path("add_bos_token").asBoolean(),
                tokenizerConfig.path("add_eos_token").asBoolean());
    }

    /** A token is its text or, in older files, an object with its {@code content}. */
    private static String content(JsonNode token) {
        return token.isObject() ? token.path("content").asText("") : token.asText("");
    }

    /** As chat templates name them. */
    Map<String, String> variables() {
        return Map.of("bos_token", bos, "eos_token", eos);
    }

    String bosToPrepend() {
        return addBos ? bos : "";
    }

    String eosToAppend() {
        return addEos ? eos : "";
    }
}
