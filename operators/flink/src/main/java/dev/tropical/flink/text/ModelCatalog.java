package dev.tropical.flink.text;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The served models as one operator uses them. Models are shared by all catalogs of the JVM and are
 * closed with the last one that uses them.
 */
public final class ModelCatalog implements AutoCloseable {
    private static final Map<ServedModel, Shared> SHARED = new HashMap<>(); // guarded by itself

    private final List<ModelAssets> models;
    private boolean closed;

    private ModelCatalog(List<ModelAssets> models) {
        this.models = models;
    }

    /**
     * Loads what no other catalog has loaded.
     *
     * @throws IOException naming the file, when a model cannot be read
     */
    public static ModelCatalog open(List<ServedModel> models) throws IOException {
        List<ModelAssets> opened = new ArrayList<>();
        try {
            for (ServedModel model : models) {
                opened.add(acquire(model));
            }
        } catch (IOException | RuntimeException e) {
            opened.forEach(ModelCatalog::release);
            throw e;
        }
        return new ModelCatalog(List.copyOf(opened));
    }

    /** The model of that name, the first one when the name is null, or null when unknown. */
    public @Nullable ModelAssets find(@Nullable String name) {
        if (name == null) {
            return models.isEmpty() ? null : models.get(0);
        }
        for (ModelAssets assets : models) {
            if (assets.model().names().contains(name)) {
                return assets;
            }
        }
        return null;
    }

    /** All of them, in the order in which they were named. */
    public List<ModelAssets> models() {
        return models;
    }

    /** Gives the models back; they must not be used through this catalog any more. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            models.forEach(ModelCatalog::release);
        }
    }

    private static ModelAssets acquire(ServedModel model) throws IOException {
        synchronized (SHARED) {
            Shared shared = SHARED.get(model);
            if (shared == null) {
                shared = new Shared(ModelAssets.load(model));
                SHARED.put(model, shared);
            }
            shared.users++;
            return shared.assets;
        }
    }

    private static void release(ModelAssets assets) {
        synchronized (SHARED) {
            Shared shared = SHARED.get(assets.model());
            if (shared != null && --shared.users == 0) {
                SHARED.remove(assets.model());
                assets.tokenizer().close();
            }
        }
    }

    private static final class Shared {
        final ModelAssets assets;
        int users;

        Shared(ModelAssets assets) {
            this.assets = assets;
        }
    }
}
