package dev.tropical.flink.text.jinja;

import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What Python's {@code json.dumps(value, ensure_ascii=False, indent=indent)} gives. */
final class PythonJson {
    private final StringBuilder out = new StringBuilder();
    private final int indent;

    private PythonJson(int indent) {
        this.indent = indent;
    }

    /**
     * @param indent blanks of each level, each element on its own line; -1 = all on one line
     */
    static String write(Object value, int indent) {
        PythonJson json = new PythonJson(indent);
        json.append(value, 0);
        return json.out.toString();
    }

    private void append(@Nullable Object raw, int depth) {
        Object value = Values.of(raw);
        Budget.spendOn(value);
        if (value == Values.None.NONE) {
            out.append("null");
        } else if (value instanceof String text) {
            quote(text);
        } else if (value instanceof List<?> list) {
            writeAll('[', list.iterator(), ']', depth);
        } else if (value instanceof Map<?, ?> map) {
            writeAll('{', map.entrySet().iterator(), '}', depth);
        } else if (value instanceof Number || value instanceof Boolean) {
            out.append(value);
        } else {
            throw new JinjaException("tojson: " + Values.typeName(value) + " is no JSON");
        }
    }

    private void writeAll(char open, Iterator<?> elements, char close, int depth) {
        out.append(open);
        boolean isEmpty = !elements.hasNext();
        while (elements.hasNext()) {
            newLine(depth + 1);
            Object element = elements.next();
            if (element instanceof Map.Entry<?, ?> entry) {
                quote(String.valueOf(entry.getKey()));
                out.append(": ");
                append(entry.getValue(), depth + 1);
            } else {
                append(element, depth + 1);
            }
            if (elements.hasNext()) {
                out.append(indent < 0 ? ", " : ",");
            }
        }
        if (!isEmpty) {
            newLine(depth);
        }
        out.append(close);
    }

    private void newLine(int depth) {
        if (indent >= 0) {
            Budget.spend((long) indent * depth);
            out.append('\n').append(" ".repeat(indent * depth));
        }
    }

    private void quote(String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\b' -> out.append("\\b");
                case '\f' -> out.append("\\f");
                default -> {
                    if (c < 0x20) {
                        out.append(String.format("\\u%04x", (int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }
}
