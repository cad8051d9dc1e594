package dev.tropical.engine.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads the JSON files of a model's folder. */
final class JsonFiles {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private JsonFiles() {}

    /**
     * A file's JSON object.
     *
     * @throws ModelLoadException when there is no such file or it holds anything else
     */
    static JsonNode read(Path file) throws ModelLoadException {
        JsonNode root;
        try {
            root = JSON.readTree(Files.readAllBytes(file));
        } catch (JsonProcessingException e) {
            throw new ModelLoadException(file + ": not JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new ModelLoadException(file + ": cannot be read: " + e, e);
        }
        if (!root.isObject()) {
            throw new ModelLoadException(
                    file + ": " + root.getNodeType() + " (expected: a JSON object)");
        }
        return root;
    }
}
