package dev.tropical.flink.text;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The served models as one operator uses them. Models are shared by all catalogs of the JVM and are
 * closed with the last one that uses them.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class ModelCatalog implements AutoCloseable {
    /**
     * Loads what no other catalog has loaded.
     *
     * @throws IOException naming the folder, when a model cannot be read
     */
    public static ModelCatalog open(List<ServedModel> models) throws IOException {
        throw new UnsupportedOperationException();
    }

    /** The model of that name, the first one when the name is null, or null when unknown. */
    public @Nullable ModelAssets find(@Nullable String name) {
        throw new UnsupportedOperationException();
    }

    /** Gives the models back; they must not be used through this catalog any more. */
    @Override
    public void close() {}
}
