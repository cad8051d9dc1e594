package dev.tropical.flink.text.jinja;

import java.util.HashMap;
import java.util.Map;

/** Jinja2's {@code namespace()}: the one thing whose attributes a loop can set for after it. */
final class Namespace {
    private final Map<String, Object> attributes;

    Namespace(Map<String, Object> attributes) {
        this.attributes = new HashMap<>(attributes);
    }

    Object get(String name) {
        return attributes.getOrDefault(name, new Values.Undefined(name));
    }

    void set(String name, Object value) {
        attributes.put(name, value);
    }
}
