package dev.tropical.engine.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The tensors of a model's folder: {@code model.safetensors}, or the shards that {@code
 * model.safetensors.index.json} lists. Immutable.
 */
public final class Checkpoint {
    private static final String SINGLE = "model.safetensors";
    private static final String INDEX = "model.safetensors.index.json";

    private final Path folder;
    private final Map<String, Tensor> tensors;

    private Checkpoint(Path folder, Map<String, Tensor> tensors) {
        this.folder = folder;
        this.tensors = tensors;
    }

    /**
     * Maps the folder's files.
     *
     * @throws ModelLoadException when a file is missing or not valid, or a shard lacks what the
     *     index puts there
     */
    public static Checkpoint open(Path folder) throws ModelLoadException {
        if (Files.exists(folder.resolve(INDEX))) {
            return new Checkpoint(folder, readShards(folder));
        }
        Path single = folder.resolve(SINGLE);
        if (!Files.exists(single)) {
            throw new ModelLoadException(
                    folder + ": no weights (expected: " + SINGLE + " or " + INDEX + ")");
        }
        return new Checkpoint(folder, SafetensorsFile.read(single));
    }

    private static Map<String, Tensor> readShards(Path folder) throws ModelLoadException {
        JsonNode weightMap = JsonFiles.read(folder.resolve(INDEX)).path("weight_map");
        if (!weightMap.isObject()) {
            throw new ModelLoadException(
                    folder.resolve(INDEX) + ": weight_map (expected: an object)");
        }
        Map<String, Map<String, Tensor>> shards = new HashMap<>();
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : weightMap.properties()) {
            String shard = entry.getValue().asText();
            // A name with a separator could point anywhere on this machine.
            if (!shard.endsWith(".safetensors") || shard.contains("/") || shard.contains("\\")) {
                throw new ModelLoadException(
                        folder.resolve(INDEX)
                                + ": tensor "
                                + entry.getKey()
                                + " in '"
                                + shard
                                + "' (expected: the name of a .safetensors file in the folder)");
            }
            if (!shards.containsKey(shard)) {
                shards.put(shard, SafetensorsFile.read(folder.resolve(shard)));
            }
            Tensor tensor = shards.get(shard).get(entry.getKey());
            if (tensor == null) {
                throw new ModelLoadException(
                        folder.resolve(shard)
                                + ": no tensor "
                                + entry.getKey()
                                + " (expected: there, by "
                                + INDEX
                                + ")");
            }
            tensors.put(entry.getKey(), tensor);
        }
        return tensors;
    }

    public boolean has(String name) {
        return tensors.containsKey(name);
    }

    /**
     * The tensor of that name.
     *
     * @throws ModelLoadException when there is none, or its shape is another
     */
    public Tensor get(String name, int... shape) throws ModelLoadException {
        Tensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new ModelLoadException(
                    folder + ": no tensor " + name + " (expected: " + Arrays.toString(shape) + ")");
        }
        if (!Arrays.equals(tensor.shape(), shape)) {
            throw new ModelLoadException(
                    folder
                            + ": tensor "
                            + name
                            + ": shape "
                            + Arrays.toString(tensor.shape())
                            + " (expected: "
                            + Arrays.toString(shape)
                            + ", by config.json)");
        }
        return tensor;
    }
}
