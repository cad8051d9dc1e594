package dev.tropical.flink.text;

import com.hubspot.jinjava.objects.collections.PyList;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;
import jinjava.javax.el.BeanELResolver;
import jinjava.javax.el.ELContext;
import org.jspecify.annotations.Nullable;

/** The methods of Python's strings that chat templates call. */
final class PythonStrings extends BeanELResolver {
    private static final Object[] NO_ARGUMENTS = {};

    @Override
    public @Nullable Object getValue(ELContext context, Object base, Object property) {
        return null; // strings have no properties; indices are another resolver's
    }

    @Override
    public @Nullable Object invoke(
            ELContext context,
            @Nullable Object base,
            Object method,
            Class<?> @Nullable [] types,
            Object @Nullable [] arguments) {
        if (!(base instanceof CharSequence)) {
            return null;
        }
        Object result =
                call(
                        base.toString(),
                        method.toString(),
                        arguments == null ? NO_ARGUMENTS : arguments);
        context.setPropertyResolved(result != null);
        return result;
    }

    private static @Nullable Object call(String text, String method, Object[] arguments) {
        String first = arguments.length > 0 ? String.valueOf(arguments[0]) : null;
        return switch (method) {
            case "strip" -> strip(text, first, true, true);
            case "lstrip" -> strip(text, first, true, false);
            case "rstrip" -> strip(text, first, false, true);
            case "split" -> split(text, first, limit(arguments));
            case "startswith" -> text.startsWith(required(method, first));
            case "endswith" -> text.endsWith(required(method, first));
            case "upper" -> text.toUpperCase(Locale.ROOT);
            case "lower" -> text.toLowerCase(Locale.ROOT);
            case "capitalize", "title" -> capitalize(text);
            case "find" -> text.indexOf(required(method, first));
            case "count" ->
                    text.split(java.util.regex.Pattern.quote(required(method, first)), -1).length
                            - 1;
            case "replace" -> text.replace(required(method, first), String.valueOf(arguments[1]));
            default -> null;
        };
    }

    private static String required(String method, @Nullable String argument) {
        if (argument == null) {
            throw new IllegalArgumentException(method + "() without its argument");
        }
        return argument;
    }

    private static int limit(Object[] arguments) {
        return arguments.length > 1 && arguments[1] instanceof Number n ? n.intValue() : -1;
    }

    private static String capitalize(String text) {
        return text.isEmpty()
                ? text
                : text.substring(0, 1).toUpperCase(Locale.ROOT)
                        + text.substring(1).toLowerCase(Locale.ROOT);
    }

    private static String strip(
            String text, @Nullable String characters, boolean left, boolean right) {
        IntPredicate strips =
                characters == null ? Character::isWhitespace : c -> characters.indexOf(c) >= 0;
        int start = 0;
        int end = text.length();
        while (left && start < end && strips.test(text.charAt(start))) {
            start++;
        }
        while (right && end > start && strips.test(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(start, end);
    }

    /**
     * @param most splits to make; -1 = all
     */
    private static PyList split(String text, @Nullable String separator, int most) {
        List<Object> parts = new ArrayList<>();
        if (separator == null) {
            text.strip().lines().forEach(line -> parts.addAll(List.of(line.strip().split("\\s+"))));
            return new PyList(parts);
        }
        int from = 0;
        for (int at = text.indexOf(separator);
                at >= 0 && !separator.isEmpty() && (most < 0 || parts.size() < most);
                at = text.indexOf(separator, from)) {
            parts.add(text.substring(from, at));
            from = at + separator.length();
        }
        parts.add(text.substring(from));
        return new PyList(parts);
    }
}
