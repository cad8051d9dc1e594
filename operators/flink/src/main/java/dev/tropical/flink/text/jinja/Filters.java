package dev.tropical.flink.text.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Jinja2's filters, as far as chat templates use them; {@code tojson} is transformers'. */
final class Filters {
    /** A filter of a value. */
    @FunctionalInterface
    interface Filter {
        Object apply(Object value, Arguments arguments);
    }

    private Filters() {}

    /**
     * The filter of that name.
     *
     * @throws JinjaException when there is none
     */
    static Filter named(String name) {
        Filter filter = ofText(name);
        filter = filter == null ? ofList(name) : filter;
        filter = filter == null ? ofAny(name) : filter;
        if (filter == null) {
            throw new JinjaException("filter '" + name + "' (expected: one of Jinja2's)");
        }
        return filter;
    }

    private static @Nullable Filter ofText(String name) {
        return switch (name) {
            case "trim" ->
                    (v, a) -> {
                        Object chars = a.get(0, "chars", Values.None.NONE);
                        return Texts.strip(
                                Values.text(v),
                                chars == Values.None.NONE ? null : Values.text(chars),
                                true,
                                true);
                    };
            case "upper" -> (v, a) -> Texts.upper(Values.text(v));
            case "lower" -> (v, a) -> Texts.lower(Values.text(v));
            case "capitalize" -> (v, a) -> Texts.capitalize(Values.text(v));
            case "title" -> (v, a) -> Texts.title(Values.text(v));
            case "replace" ->
                    (v, a) -> Texts.replace(Values.text(v), a.text(0, "old"), a.text(1, "new"));
            case "indent" ->
                    (v, a) ->
                            Texts.indent(
                                    Values.text(v),
                                    a.integer(0, "width", 4),
                                    Values.isTrue(a.get(1, "first", false)),
                                    Values.isTrue(a.get(2, "blank", false)));
            case "string", "safe" -> (v, a) -> Values.text(v);
            default -> null;
        };
    }

    private static @Nullable Filter ofList(String name) {
        return switch (name) {
            case "list" -> (v, a) -> copy(v);
            case "first" -> (v, a) -> Access.item(copy(v), 0L);
            case "last" -> (v, a) -> Access.item(copy(v), -1L);
            case "length", "count" -> (v, a) -> (long) Values.iterate(v).size();
            case "join" -> (v, a) -> Texts.join(mapped(v, a, 1), Values.text(a.get(0, "d", "")));
            case "reverse" -> (v, a) -> Access.slice(v, null, null, -1);
            case "sort" -> Filters::sort;
            case "unique" -> (v, a) -> unique(copy(v));
            case "items" -> (v, a) -> v instanceof Map<?, ?> map ? Methods.items(map) : List.of();
            case "dictsort" -> (v, a) -> sort(named("items").apply(v, a), Arguments.NONE);
            case "map" -> Filters::map;
            case "select" -> (v, a) -> select(v, check(a, 0), true);
            case "reject" -> (v, a) -> select(v, check(a, 0), false);
            case "selectattr" -> (v, a) -> select(v, attributeCheck(a), true);
            case "rejectattr" -> (v, a) -> select(v, attributeCheck(a), false);
            default -> null;
        };
    }

    private static @Nullable Filter ofAny(String name) {
        return switch (name) {
            case "tojson" -> (v, a) -> PythonJson.write(v, a.integer(0, "indent", -1));
            case "default", "d" ->
                    (v, a) -> {
                        boolean orFalse = Values.isTrue(a.get(1, "boolean", false));
                        boolean isMissing =
                                v instanceof Values.Undefined || (orFalse && !Values.isTrue(v));
                        return isMissing ? a.get(0, "default_value", "") : v;
                    };
            case "int" -> (v, a) -> toInteger(v, a.get(0, "default", 0L));
            case "float" -> (v, a) -> v instanceof Number n ? n.doubleValue() : 0.0;
            case "abs" ->
                    (v, a) -> v instanceof Long n ? (Object) Math.abs(n) : Math.abs((Double) v);
            default -> null;
        };
    }

    private static Object toInteger(Object value, Object whenNone) {
        if (value instanceof Number number) {
            return number.longValue();
        }
        String text = Values.text(value).strip();
        return text.matches("[+-]?\\d{1,18}") ? (Object) Long.parseLong(text) : whenNone;
    }

    private static List<Object> copy(Object value) {
        List<Object> copy = new ArrayList<>();
        Budget.spendOn(value);
        Values.iterate(value).forEach(element -> copy.add(Values.of(element)));
        return copy;
    }

    /** Elements, or their attribute when the argument at {@code index} names one. */
    private static List<Object> mapped(Object value, Arguments arguments, int index) {
        Object attribute = arguments.find(index, "attribute");
        List<Object> elements = copy(value);
        if (attribute != null) {
            elements.replaceAll(element -> path(element, Values.text(attribute)));
        }
        return elements;
    }

    /** An attribute, or with dots one of another's. */
    private static Object path(Object value, String attribute) {
        Object at = value;
        for (String name : Texts.split(attribute, ".", -1)) {
            at = Access.item(at, name.matches("\\d+") ? (Object) Long.parseLong(name) : name);
        }
        return at;
    }

    private static Object map(Object value, Arguments arguments) {
        if (arguments.named().containsKey("attribute")) {
            List<Object> attributes = mapped(value, arguments, Integer.MAX_VALUE);
            Object whenAbsent = arguments.named().get("default");
            attributes.replaceAll(
                    v -> v instanceof Values.Undefined && whenAbsent != null ? whenAbsent : v);
            return attributes;
        }
        Filter filter = named(arguments.text(0, "filter"));
        Arguments rest = rest(arguments, 1);
        List<Object> elements = copy(value);
        elements.replaceAll(element -> filter.apply(element, rest));
        return elements;
    }

    private static Arguments rest(Arguments arguments, int from) {
        List<Object> positional = arguments.positional();
        return new Arguments(
                positional.subList(Math.min(from, positional.size()), positional.size()),
                arguments.named());
    }

    /** The test that the argument at {@code index} names; without one, truth. */
    private static Predicate<Object> check(Arguments arguments, int index) {
        if (arguments.positional().size() <= index) {
            return Values::isTrue;
        }
        Checks.Check check = Checks.named(arguments.text(index, "test"));
        Arguments rest = rest(arguments, index + 1);
        return value -> check.apply(value, rest);
    }

    private static Predicate<Object> attributeCheck(Arguments arguments) {
        String attribute = arguments.text(0, "attribute");
        Predicate<Object> check = check(arguments, 1);
        return element -> check.test(path(element, attribute));
    }

    private static Object select(Object value, Predicate<Object> check, boolean keeps) {
        List<Object> elements = copy(value);
        elements.removeIf(element -> check.test(element) != keeps);
        return elements;
    }

    private static Object unique(List<Object> elements) {
        List<Object> kept = new ArrayList<>();
        for (Object element : elements) {
            if (kept.stream().noneMatch(other -> Values.equal(other, element))) {
                kept.add(element);
            }
        }
        return kept;
    }

    private static Object sort(Object value, Arguments arguments) {
        Object attribute = arguments.named().get("attribute");
        Comparator<Object> order =
                Comparator.comparing(
                        element ->
                                attribute == null ? element : path(element, Values.text(attribute)),
                        Filters::compare);
        boolean isReversed = Values.isTrue(arguments.get(0, "reverse", false));
        List<Object> elements = copy(value);
        elements.sort(isReversed ? Collections.reverseOrder(order) : order);
        return elements;
    }

    /** Pairs by their first element; texts without regard to case, as Jinja2 sorts. */
    private static int compare(Object a, Object b) {
        Budget.spendOn(a);
        Budget.spendOn(b);
        if (a instanceof List<?> x && b instanceof List<?> y) {
            return compare(Values.of(x.get(0)), Values.of(y.get(0)));
        }
        return a instanceof String x && b instanceof String y
                ? Texts.lower(x).compareTo(Texts.lower(y))
                : Values.compare(a, b);
    }
}
