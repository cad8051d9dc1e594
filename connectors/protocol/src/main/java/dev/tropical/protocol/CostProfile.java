package dev.tropical.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tropical.protocol.wire.StepCost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;

/**
 * A cost model as JSON, seconds and tokens: {@code {"a": 0.033, "a_pf": 0.017, "c_pf": 9.4e-5,
 * "c_attn": 3e-9, "c0": 5.3e-5, "c1": 6e-8}}, and optionally {@code "x_free"}, tokens (0
 * otherwise), and {@code "about"}, an object for people that says what was measured.
 */
public final class CostProfile {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String ABOUT = "about";
    private static final String FREE = "x_free";
    private static final Set<String> KEYS =
            Set.of("a", "a_pf", "c_pf", "c_attn", "c0", "c1", FREE, ABOUT);

    private CostProfile() {}

    /**
     * @throws IOException when the file cannot be read, or a coefficient is missing, unknown,
     *     negative or no number; the message names it
     */
    public static StepCost read(Path file) throws IOException {
        return parse(Files.readString(file), file.toString());
    }

    /**
     * @param source of the JSON, in messages
     * @throws IOException as {@link #read}
     */
    public static StepCost parse(String json, String source) throws IOException {
        JsonNode node = JSON.readTree(json);
        for (Iterator<String> names = node.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            if (!KEYS.contains(name)) {
                throw new IOException(source + ": '" + name + "' (expected: one of " + KEYS + ")");
            }
        }
        return StepCost.newBuilder()
                .setA(coefficient(source, node, "a"))
                .setAPf(coefficient(source, node, "a_pf"))
                .setCPf(coefficient(source, node, "c_pf"))
                .setCAttn(coefficient(source, node, "c_attn"))
                .setC0(coefficient(source, node, "c0"))
                .setC1(coefficient(source, node, "c1"))
                .setXFree(node.has(FREE) ? coefficient(source, node, FREE) : 0)
                .build();
    }

    private static double coefficient(String source, JsonNode node, String name)
            throws IOException {
        JsonNode value = node.path(name);
        double number = value.asDouble();
        if (!value.isNumber() || !(number >= 0) || Double.isInfinite(number)) {
            throw new IOException(
                    source + ": " + name + ": " + value + " (expected: a finite number >= 0)");
        }
        return number;
    }

    /**
     * What {@link #parse} reads.
     *
     * @param about what was measured, by name
     */
    public static String toJson(StepCost cost, Map<String, String> about) {
        ObjectNode node = JSON.createObjectNode();
        node.put("a", cost.getA())
                .put("a_pf", cost.getAPf())
                .put("c_pf", cost.getCPf())
                .put("c_attn", cost.getCAttn())
                .put("c0", cost.getC0())
                .put("c1", cost.getC1());
        if (cost.getXFree() > 0) { // what release 0.1 does not read
            node.put(FREE, cost.getXFree());
        }
        if (!about.isEmpty()) {
            ObjectNode notes = node.putObject(ABOUT);
            about.forEach(notes::put);
        }
        return node.toPrettyString();
    }
}
