package dev.tropical.flink.dispatch;

import dev.tropical.flink.text.Detokenizer;
import dev.tropical.flink.text.ModelAssets;
import dev.tropical.flink.text.ModelCatalog;
import dev.tropical.flink.text.Tokenizer;
import dev.tropical.protocol.wire.AdmittedRequest;
import org.jspecify.annotations.Nullable;

/** Text by the served models' own tokenizers. */
final class ModelTexts implements TextSource {
    private final ModelCatalog catalog;

    /** The catalog stays the caller's to close. */
    ModelTexts(ModelCatalog catalog) {
        this.catalog = catalog;
    }

    @Override
    public boolean serves(String model) {
        return catalog.find(model) != null;
    }

    @Override
    public ChoiceText open(AdmittedRequest request, int[] generatedTokenIds) {
        Tokenizer tokenizer = tokenizer(request);
        return new Detokenized(
                generatedTokenIds.length == 0
                        ? Detokenizer.of(tokenizer, request)
                        : Detokenizer.resume(tokenizer, request, generatedTokenIds));
    }

    @Override
    public String promptText(AdmittedRequest request) {
        int[] ids = request.getPromptTokenIdsList().stream().mapToInt(Integer::intValue).toArray();
        return tokenizer(request).decode(ids, request.getSkipSpecialTokens());
    }

    @Override
    public byte[] bytesOf(AdmittedRequest request, int tokenId) {
        return tokenizer(request).bytesOf(tokenId);
    }

    private Tokenizer tokenizer(AdmittedRequest request) {
        ModelAssets assets = catalog.find(request.getModel());
        if (assets == null) {
            throw new IllegalStateException(
                    "model '"
                            + request.getModel()
                            + "' of admitted request "
                            + request.getId()
                            + " is not served here (expected: a model that admission knows)");
        }
        return assets.tokenizer();
    }

    private record Detokenized(Detokenizer detokenizer) implements ChoiceText {
        @Override
        public String push(int tokenId) {
            return detokenizer.push(tokenId);
        }

        @Override
        public String finish() {
            return detokenizer.finish();
        }

        @Override
        public @Nullable String stopString() {
            return detokenizer.stopString();
        }

        @Override
        public int textOffset() {
            return detokenizer.textOffset();
        }
    }
}
