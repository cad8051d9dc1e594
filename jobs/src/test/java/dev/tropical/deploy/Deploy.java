package dev.tropical.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tropical.launch.EngineClassPath;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** The files that a deployment consists of. */
final class Deploy {
    static final Path ROOT = EngineClassPath.home();
    private static final ObjectMapper JSON = new ObjectMapper();

    private Deploy() {}

    /** The services of the compose file, its anchors and merges resolved. */
    static JsonNode services() throws IOException {
        return yaml(ROOT.resolve("docker-compose.yml")).get(0).path("services");
    }

    static String dockerfile() throws IOException {
        return Files.readString(ROOT.resolve("deploy/docker/Dockerfile"));
    }

    /** A file's documents. */
    static List<JsonNode> yaml(Path file) throws IOException {
        List<JsonNode> documents = new ArrayList<>();
        try (Reader reader = Files.newBufferedReader(file)) {
            for (Object document :
                    new Yaml(new SafeConstructor(new LoaderOptions())).loadAll(reader)) {
                documents.add(JSON.valueToTree(document));
            }
        }
        return documents;
    }

    static JsonNode json(Path file) throws IOException {
        return JSON.readTree(file.toFile());
    }

    /** An array's elements as text; none of what is no array. */
    static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(element -> texts.add(element.asText()));
        return texts;
    }
}
