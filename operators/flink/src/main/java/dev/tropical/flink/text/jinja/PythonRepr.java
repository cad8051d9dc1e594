package dev.tropical.flink.text.jinja;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What Python's {@code repr()} gives. */
final class PythonRepr {
    private PythonRepr() {}

    static String of(Object value) {
        String text = written(value);
        Budget.spendOn(text);
        return text;
    }

    private static String written(Object value) {
        if (value instanceof Boolean b) {
            return b ? "True" : "False";
        }
        if (value == Values.None.NONE) {
            return "None";
        }
        if (value instanceof String text) {
            return quoted(text);
        }
        if (value instanceof List<?> list) {
            return list.stream()
                    .map(element -> of(Values.of(element)))
                    .collect(Collectors.joining(", ", "[", "]"));
        }
        if (value instanceof Map<?, ?> map) {
            return map.entrySet().stream()
                    .map(e -> of(Values.of(e.getKey())) + ": " + of(Values.of(e.getValue())))
                    .collect(Collectors.joining(", ", "{", "}"));
        }
        return value.toString();
    }

    private static String quoted(String text) {
        String escaped = text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t");
        return text.contains("'") && !text.contains("\"")
                ? '"' + escaped + '"'
                : "'" + escaped.replace("'", "\\'") + "'";
    }
}
