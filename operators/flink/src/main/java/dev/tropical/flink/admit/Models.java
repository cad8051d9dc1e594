package dev.tropical.flink.admit;

import dev.tropical.flink.text.ModelAssets;
import dev.tropical.flink.text.ModelCatalog;
import dev.tropical.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.List;

/** The field {@code model}. */
final class Models {
    private Models() {}

    /** The model that a request names, the first one when it names none. */
    static ModelAssets named(Fields fields, ModelCatalog catalog) throws RequestFault {
        String name = fields.text("model");
        ModelAssets model = catalog.find(name);
        if (model == null) {
            List<String> names = new ArrayList<>();
            catalog.models().forEach(served -> names.addAll(served.model().names()));
            throw new RequestFault(
                    ErrorCode.MODEL_NOT_FOUND,
                    "model: "
                            + Shown.of(String.valueOf(name))
                            + " (expected: one of "
                            + names
                            + ")",
                    "model");
        }
        return model;
    }
}
