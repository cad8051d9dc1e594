package dev.tropical.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tropical.protocol.wire.StepCost;
import dev.tropical.scheduling.cost.StepTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Set;

/**
 * A cost model as JSON, seconds and tokens: {@code {"a": 0.033, "a_pf": 0.017, "c_pf": 9.4e-5,
 * "c_attn": 3e-9, "c0": 5.3e-5, "c1": 6e-8}}.
 */
public final class CostProfile {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Set<String> KEYS = Set.of("a", "a_pf", "c_pf", "c_attn", "c0", "c1");

    private CostProfile() {}

    /**
     * @throws IOException when the file cannot be read, or a coefficient is missing, unknown,
     *     negative or no number; the message names it
     */
    public static StepCost read(Path file) throws IOException {
        return parse(Files.readString(file), file.toString());
    }

    static StepCost parse(String json, String file) throws IOException {
        JsonNode node = JSON.readTree(json);
        for (Iterator<String> names = node.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            if (!KEYS.contains(name)) {
                throw new IOException(file + ": '" + name + "' (expected: one of " + KEYS + ")");
            }
        }
        StepCost cost =
                StepCost.newBuilder()
                        .setA(number(file, node, "a"))
                        .setAPf(number(file, node, "a_pf"))
                        .setCPf(number(file, node, "c_pf"))
                        .setCAttn(number(file, node, "c_attn"))
                        .setC0(number(file, node, "c0"))
                        .setC1(number(file, node, "c1"))
                        .build();
        try {
            return StepTime.checked(cost);
        } catch (IllegalArgumentException e) {
            throw new IOException(file + ": " + e.getMessage(), e);
        }
    }

    private static double number(String file, JsonNode node, String name) throws IOException {
        JsonNode value = node.path(name);
        if (!value.isNumber()) {
            throw new IOException(file + ": " + name + ": " + value + " (expected: a number)");
        }
        return value.asDouble();
    }

    /** Writes what {@link #read} reads. */
    public static void write(Path file, StepCost cost) throws IOException {
        Files.writeString(file, toJson(cost));
    }

    static String toJson(StepCost cost) {
        ObjectNode node = JSON.createObjectNode();
        node.put("a", cost.getA())
                .put("a_pf", cost.getAPf())
                .put("c_pf", cost.getCPf())
                .put("c_attn", cost.getCAttn())
                .put("c0", cost.getC0())
                .put("c1", cost.getC1());
        return node.toPrettyString();
    }
}
