package dev.tropical.flink.text.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The methods of Python's strings, mappings and lists that templates call. */
final class Methods {
    private Methods() {}

    /** A value's method, bound to it, or null. */
    static @Nullable Callable of(Object base, String name) {
        if (base instanceof String text) {
            Budget.spendOn(text); // a method may look through all of it
            return ofText(text, name);
        }
        if (base instanceof Map<?, ?> map) {
            return ofMap(map, name);
        }
        return base instanceof List<?> list ? ofList(list, name) : null;
    }

    private static @Nullable Callable ofText(String text, String name) {
        return switch (name) {
            case "strip" -> a -> Texts.strip(text, characters(a), true, true);
            case "lstrip" -> a -> Texts.strip(text, characters(a), true, false);
            case "rstrip" -> a -> Texts.strip(text, characters(a), false, true);
            case "startswith" -> a -> prefixes(a).stream().anyMatch(text::startsWith);
            case "endswith" -> a -> prefixes(a).stream().anyMatch(text::endsWith);
            case "split" -> a -> Texts.split(text, separator(a), a.integer(1, "maxsplit", -1));
            case "splitlines" -> a -> text.lines().toList();
            case "upper" -> a -> Texts.upper(text);
            case "lower" -> a -> Texts.lower(text);
            case "capitalize" -> a -> Texts.capitalize(text);
            case "title" -> a -> Texts.title(text);
            case "replace" -> a -> Texts.replace(text, a.text(0, "old"), a.text(1, "new"));
            case "find" -> a -> (long) text.indexOf(a.text(0, "sub"));
            case "count" -> a -> (long) Texts.split(text, a.text(0, "sub"), -1).size() - 1;
            case "isdigit" -> a -> !text.isEmpty() && text.chars().allMatch(Character::isDigit);
            case "join" -> a -> Texts.join(Values.iterate(a.require(0, "iterable")), text);
            default -> null;
        };
    }

    private static @Nullable String characters(Arguments arguments) {
        Object given = arguments.get(0, "chars", Values.None.NONE);
        return given == Values.None.NONE ? null : Values.requireText(given, "chars");
    }

    private static @Nullable String separator(Arguments arguments) {
        Object given = arguments.get(0, "sep", Values.None.NONE);
        return given == Values.None.NONE ? null : Values.requireText(given, "sep");
    }

    /** One text or a tuple of them. */
    private static List<String> prefixes(Arguments arguments) {
        Object given = arguments.require(0, "prefix");
        List<String> prefixes = new ArrayList<>();
        for (Object one : given instanceof List<?> list ? list : List.of(given)) {
            prefixes.add(Values.requireText(Values.of(one), "prefix"));
        }
        return prefixes;
    }

    private static @Nullable Callable ofMap(Map<?, ?> map, String name) {
        return switch (name) {
            case "get" ->
                    a -> {
                        Object key = Values.requireKey(a.require(0, "key"));
                        return map.containsKey(key)
                                ? Values.of(map.get(key))
                                : a.get(1, "default", Values.None.NONE);
                    };
            case "items" -> a -> items(map);
            case "keys" -> a -> new ArrayList<>(map.keySet());
            case "values" -> a -> new ArrayList<>(map.values());
            default -> null;
        };
    }

    /** Pairs of key and value. */
    static List<List<Object>> items(Map<?, ?> map) {
        Budget.spendOn(map);
        List<List<Object>> items = new ArrayList<>(map.size());
        map.forEach((key, value) -> items.add(List.of(Values.of(key), Values.of(value))));
        return items;
    }

    private static @Nullable Callable ofList(List<?> list, String name) {
        return switch (name) {
            case "index" -> a -> (long) indexOf(list, a.require(0, "value"));
            case "count" ->
                    a ->
                            list.stream()
                                    .filter(e -> Values.equal(Values.of(e), a.require(0, "value")))
                                    .count();
            default -> null;
        };
    }

    private static int indexOf(List<?> list, Object value) {
        for (int i = 0; i < list.size(); i++) {
            if (Values.equal(Values.of(list.get(i)), value)) {
                return i;
            }
        }
        throw new JinjaException(Values.text(value) + " is not in the list");
    }
}
