package dev.tropical.flink.text.jinja;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a function, a filter or a test is called with. */
record Arguments(List<Object> positional, Map<String, Object> named) {
    static final Arguments NONE = new Arguments(List.of(), Map.of());

    static Arguments of(Object... positional) {
        return new Arguments(List.of(positional), Map.of());
    }

    /** By place or by name, or null when absent. */
    @Nullable Object find(int index, String name) {
        return index < positional.size() ? positional.get(index) : named.get(name);
    }

    Object get(int index, String name, Object whenAbsent) {
        Object value = find(index, name);
        return value == null ? whenAbsent : value;
    }

    Object require(int index, String name) {
        Object value = find(index, name);
        if (value == null) {
            throw new JinjaException("argument '" + name + "' is missing");
        }
        return value;
    }

    String text(int index, String name) {
        return Values.requireText(require(index, name), name);
    }

    int integer(int index, String name, int whenAbsent) {
        Object value = find(index, name);
        return value == null || value == Values.None.NONE
                ? whenAbsent
                : Values.requireInt(value, name);
    }
}
