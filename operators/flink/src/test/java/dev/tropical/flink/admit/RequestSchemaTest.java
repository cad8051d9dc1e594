package dev.tropical.flink.admit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tropical.flink.text.ModelCatalog;
import dev.tropical.flink.text.TestModels;
import dev.tropical.protocol.InferenceRequest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The published schema has the fields that the parser reads, and no others. */
class RequestSchemaTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir static Path folder;
    private static JsonNode schema;

    @BeforeAll
    static void readSchema() throws IOException {
        try (InputStream in =
                InferenceRequest.class.getResourceAsStream("/schema/request.schema.json")) {
            schema = JSON.readTree(in).path("else").path("properties");
        }
    }

    @Test
    void shouldHaveTheFieldsThatTheParserKnows() throws Exception {
        Set<String> known = new TreeSet<>(RequestParser.IGNORED);
        known.addAll(fieldsRead("{\"prompt\": \"hello\"}"));
        known.addAll(fieldsRead("{\"messages\": [{\"role\": \"user\", \"content\": \"hello\"}]}"));
        assertThat(names(schema)).isEqualTo(known);
    }

    @Test
    void shouldHaveTheObjectivesThatTheParserKnows() throws Exception {
        Watched slo = new Watched();
        ObjectNode body = new Watched();
        body.put("prompt", "hello").set("slo", slo);
        parse(body);
        assertThat(names(schema.path("slo").path("properties"))).isEqualTo(slo.read);
    }

    private static Set<String> fieldsRead(String json) throws Exception {
        Watched body = new Watched();
        body.setAll((ObjectNode) JSON.readTree(json));
        parse(body);
        return body.read;
    }

    private static void parse(ObjectNode body) throws IOException, RequestFault {
        AdmitOptions options =
                AdmitOptions.of(List.of(TestModels.byteLevel(folder.resolve("tiny"))), 1);
        try (ModelCatalog catalog = ModelCatalog.open(options.models())) {
            InferenceRequest request = new InferenceRequest("id-1", new byte[0], 0, "requests-0@0");
            new RequestParser(catalog, options).parse(request, body);
        }
    }

    private static Set<String> names(JsonNode properties) {
        Set<String> names = new TreeSet<>();
        properties.fieldNames().forEachRemaining(names::add);
        return names;
    }

    /** Remembers the fields that were asked for. */
    private static final class Watched extends ObjectNode {
        private static final long serialVersionUID = 1L;
        private final transient Set<String> read = new TreeSet<>();

        Watched() {
            super(JsonNodeFactory.instance);
        }

        @Override
        public JsonNode get(String name) {
            read.add(name);
            return super.get(name);
        }
    }
}
