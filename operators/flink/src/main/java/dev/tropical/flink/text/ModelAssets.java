package dev.tropical.flink.text;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the job knows of a served model's folder. Immutable, shared by all threads.
 *
 * @param model its folder and names
 * @param tokenizer text to token ids and back
 * @param chatTemplate null when the model has none
 * @param eosTokenIds tokens that end a text, of {@code config.json} and {@code
 *     generation_config.json} together
 * @param maxPositionEmbeddings the model's own context, tokens
 * @param vocabSize token ids are in [0, vocabSize)
 */
public record ModelAssets(
        ServedModel model,
        Tokenizer tokenizer,
        @Nullable ChatTemplate chatTemplate,
        Set<Integer> eosTokenIds,
        int maxPositionEmbeddings,
        int vocabSize) {}
