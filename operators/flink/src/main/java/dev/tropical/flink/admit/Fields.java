package dev.tropical.flink.admit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Typed reading of a JSON object's fields. An absent field and null are the same. Remembers what
 * was read, so that the rest can be refused.
 */
final class Fields {
    private final ObjectNode object;
    private final String prefix;
    private final Set<String> read = new HashSet<>();

    /**
     * @param prefix what the object itself is called in messages, ending in a dot, or empty
     */
    Fields(ObjectNode object, String prefix) {
        this.object = object;
        this.prefix = prefix;
    }

    /** The field's value, or null. */
    @Nullable JsonNode value(String name) {
        read.add(name);
        JsonNode value = object.get(name);
        return value == null || value.isNull() ? null : value;
    }

    RequestFault fault(String name, Object value, String expected) {
        return RequestFault.invalid(prefix + name, value, expected);
    }

    @Nullable String text(String name) throws RequestFault {
        JsonNode value = value(name);
        if (value != null && !value.isTextual()) {
            throw fault(name, value, "a string");
        }
        return value == null ? null : value.textValue();
    }

    boolean flag(String name, boolean whenAbsent) throws RequestFault {
        JsonNode value = value(name);
        if (value != null && !value.isBoolean()) {
            throw fault(name, value, "true or false");
        }
        return value == null ? whenAbsent : value.booleanValue();
    }

    int integer(String name, int whenAbsent, int least, int most) throws RequestFault {
        JsonNode value = value(name);
        if (value == null) {
            return whenAbsent;
        }
        if (!value.isIntegralNumber()
                || !value.canConvertToInt()
                || value.intValue() < least
                || value.intValue() > most) {
            throw fault(name, value, "an integer in [" + least + ", " + most + "]");
        }
        return value.intValue();
    }

    long longInteger(String name, long whenAbsent) throws RequestFault {
        JsonNode value = value(name);
        if (value != null && !(value.isIntegralNumber() && value.canConvertToLong())) {
            throw fault(name, value, "an integer of 64 bits");
        }
        return value == null ? whenAbsent : value.longValue();
    }

    /** A number in [least, most]; as a float, since that is what samples. */
    float number(String name, float whenAbsent, float least, float most) throws RequestFault {
        return number(name, whenAbsent, least, false, most);
    }

    /** A number in (0, most]. */
    float positive(String name, float whenAbsent, float most) throws RequestFault {
        return number(name, whenAbsent, 0, true, most);
    }

    private float number(String name, float whenAbsent, float least, boolean exclusive, float most)
            throws RequestFault {
        JsonNode value = value(name);
        if (value == null) {
            return whenAbsent;
        }
        float number = value.isNumber() ? (float) value.doubleValue() : Float.NaN;
        boolean isWithin = number >= least && number <= most && !(exclusive && number == least);
        if (!isWithin) { // so that NaN is not
            String range = (exclusive ? "(" : "[") + plain(least) + ", " + plain(most) + "]";
            throw fault(name, value, "a number in " + range);
        }
        return number;
    }

    private static String plain(float number) {
        return number == (long) number ? Long.toString((long) number) : Float.toString(number);
    }

    /** Refuses fields that nothing has read, except those that say nothing on the output. */
    void requireNoOthers(Set<String> ignored) throws RequestFault {
        Iterator<String> names = object.fieldNames();
        while (names.hasNext()) {
            String name = names.next();
            if (!read.contains(name) && !ignored.contains(name)) {
                throw RequestFault.invalid(
                        prefix + Shown.of(name), "unknown field", "a field of the request schema");
            }
        }
    }
}
