package dev.tropical.flink.text.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Python's meaning of JSON values. A value is a String, Boolean, Long, BigInteger, Double, List,
 * Map, {@link None}, {@link Undefined}, {@link Namespace} or {@link Callable}.
 */
final class Values {
    private Values() {}

    /** Python's None. */
    enum None {
        NONE
    }

    /** What a name or an attribute stands for that nothing was given for. */
    record Undefined(String name) {}

    /** A value as templates see it. */
    static Object of(@Nullable Object raw) {
        if (raw == null) {
            return None.NONE;
        }
        if (raw instanceof Integer || raw instanceof Short || raw instanceof Byte) {
            return ((Number) raw).longValue();
        }
        return raw instanceof Float f ? (Object) f.doubleValue() : raw;
    }

    static boolean isTrue(Object value) {
        if (value instanceof Boolean b) {
            return b;
        }
        if (value instanceof Number number) {
            return number.doubleValue() != 0;
        }
        if (value instanceof String text) {
            return !text.isEmpty();
        }
        if (value instanceof List<?> list) {
            return !list.isEmpty();
        }
        if (value instanceof Map<?, ?> map) {
            return !map.isEmpty();
        }
        return value != None.NONE && !(value instanceof Undefined);
    }

    /** What {@code str()} gives. */
    static String text(Object value) {
        if (value instanceof String text) {
            return text;
        }
        if (value instanceof Undefined) {
            return "";
        }
        return PythonRepr.of(value);
    }

    static boolean equal(Object a, Object b) {
        Budget.spend(1);
        if (a instanceof Number x && b instanceof Number y) {
            return compareNumbers(x, y) == 0;
        }
        if (a instanceof List<?> x && b instanceof List<?> y) {
            if (x.size() != y.size()) {
                return false;
            }
            for (int i = 0; i < x.size(); i++) {
                if (!equal(of(x.get(i)), of(y.get(i)))) {
                    return false;
                }
            }
            return true;
        }
        if (a instanceof Map<?, ?> x && b instanceof Map<?, ?> y) {
            return x.size() == y.size()
                    && x.entrySet().stream()
                            .allMatch(
                                    entry ->
                                            y.containsKey(entry.getKey())
                                                    && equal(
                                                            of(entry.getValue()),
                                                            of(y.get(entry.getKey()))));
        }
        return Objects.equals(a, b);
    }

    /** A mapping's key: of lists and mappings, as in Python, none. */
    static Object requireKey(Object value) {
        if (value instanceof List || value instanceof Map) {
            throw new JinjaException(typeName(value) + " as a key (expected: a string)");
        }
        return value;
    }

    static int compare(Object a, Object b) {
        if (a instanceof Number x && b instanceof Number y) {
            return compareNumbers(x, y);
        }
        if (a instanceof String x && b instanceof String y) {
            return x.compareTo(y);
        }
        throw new JinjaException("cannot compare " + typeName(a) + " with " + typeName(b));
    }

    private static int compareNumbers(Number a, Number b) {
        return a instanceof Long x && b instanceof Long y
                ? Long.compare(x, y)
                : Double.compare(a.doubleValue(), b.doubleValue());
    }

    /** Python's {@code item in container}. */
    static boolean contains(Object container, Object item) {
        Budget.spendOn(container);
        if (container instanceof String text) {
            return text.contains(requireText(item, "in"));
        }
        if (container instanceof Map<?, ?> map) {
            return map.containsKey(requireKey(item));
        }
        return iterate(container).stream().anyMatch(element -> equal(of(element), item));
    }

    static String requireText(Object value, String what) {
        if (value instanceof String text) {
            return text;
        }
        throw new JinjaException(what + ": " + typeName(value) + " (expected: a string)");
    }

    static int requireInt(Object value, String what) {
        if (value instanceof Long number) {
            return Math.toIntExact(number);
        }
        throw new JinjaException(what + ": " + typeName(value) + " (expected: an integer)");
    }

    /** What a loop goes over: a list's elements, a map's keys, a string's characters. */
    static List<?> iterate(Object value) {
        if (value instanceof List<?> list) {
            return list;
        }
        if (value instanceof Map<?, ?> map) {
            return new ArrayList<>(map.keySet());
        }
        if (value instanceof String text) {
            Budget.spendOn(text);
            return text.codePoints().mapToObj(Character::toString).toList();
        }
        if (value instanceof Undefined) {
            return List.of();
        }
        throw new JinjaException("cannot go over " + typeName(value));
    }

    static String typeName(Object value) {
        if (value instanceof Undefined undefined) {
            return "'" + undefined.name() + "', which is undefined";
        }
        if (value == None.NONE) {
            return "None";
        }
        if (value instanceof String) {
            return "a string";
        }
        if (value instanceof List) {
            return "a list";
        }
        return value instanceof Map ? "a mapping" : "'" + value + "'";
    }
}
