package dev.tropical.flink.text;

import java.io.Serializable;
import java.util.List;

/**
 * A model folder and the names that requests may call it by.
 *
 * @param directory a folder in the Hugging Face layout on this host
 * @param names the first one is the name that records carry
 */
public record ServedModel(String directory, List<String> names) implements Serializable {
    private static final long serialVersionUID = 1L;

    public ServedModel {
        names = List.copyOf(names);
        if (directory.isBlank()) {
            throw new IllegalArgumentException(
                    "model directory: '" + directory + "' (expected: a path)");
        }
        if (names.isEmpty() || names.stream().anyMatch(String::isBlank)) {
            throw new IllegalArgumentException(
                    "names of model " + directory + ": " + names + " (expected: at least one)");
        }
    }

    /** The name that records carry. */
    public String name() {
        return names.get(0);
    }
}
