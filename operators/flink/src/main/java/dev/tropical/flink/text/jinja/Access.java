package dev.tropical.flink.text.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Attributes, items and slices. What is not there is undefined; so it is of None. */
final class Access {
    private Access() {}

    /** {@code base.name}: a method, else an item of that name. */
    static Object attribute(Object base, String name) {
        if (base instanceof Namespace namespace) {
            return namespace.get(name);
        }
        Callable method = Methods.of(base, name);
        return method == null ? item(base, name) : method;
    }

    /** {@code base[key]}. */
    static Object item(Object base, Object key) {
        if (base instanceof Values.Undefined undefined) {
            throw new JinjaException("'" + undefined.name() + "' is undefined");
        }
        if (base instanceof Map<?, ?> map) {
            return map.containsKey(Values.requireKey(key))
                    ? Values.of(map.get(key))
                    : undefined(key);
        }
        if (key instanceof Long index && (base instanceof List || base instanceof String)) {
            List<?> elements = Values.iterate(base);
            long at = index < 0 ? index + elements.size() : index;
            return at >= 0 && at < elements.size()
                    ? Values.of(elements.get((int) at))
                    : undefined(key);
        }
        return undefined(key);
    }

    private static Object undefined(Object key) {
        return new Values.Undefined(Values.text(key));
    }

    /** {@code base[start:stop:step]} of a list or a string. */
    static Object slice(
            Object base, @Nullable Integer start, @Nullable Integer stop, @Nullable Integer step) {
        List<?> elements = Values.iterate(base);
        int stride = step == null ? 1 : step;
        if (stride == 0) {
            throw new JinjaException("slice step: 0 (expected: another)");
        }
        int size = elements.size();
        int first = stride > 0 ? bound(start, 0, 0, size) : bound(start, size - 1, -1, size - 1);
        int last = stride > 0 ? bound(stop, size, 0, size) : bound(stop, -1, -1, size - 1);
        List<Object> taken = new ArrayList<>();
        for (int i = first; stride > 0 ? i < last : i > last; i += stride) {
            Budget.spend(1);
            taken.add(Values.of(elements.get(i)));
        }
        return base instanceof String ? join(taken) : taken;
    }

    /** Counted from the end when negative, kept within [least, most]. */
    private static int bound(@Nullable Integer given, int whenAbsent, int least, int most) {
        if (given == null) {
            return whenAbsent;
        }
        int size = least < 0 ? most + 1 : most;
        int fromStart = given < 0 ? given + size : given;
        return Math.max(least, Math.min(most, fromStart));
    }

    private static String join(List<Object> characters) {
        StringBuilder text = new StringBuilder();
        characters.forEach(text::append);
        return text.toString();
    }
}
