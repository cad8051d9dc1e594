package dev.tropical.flink.text.jinja;

import java.util.List;
import java.util.Map;

/** Jinja2's tests: what may follow {@code is}. */
final class Checks {
    /** A test of a value. */
    @FunctionalInterface
    interface Check {
        boolean apply(Object value, Arguments arguments);
    }

    private Checks() {}

    /**
     * The test of that name.
     *
     * @throws JinjaException when there is none
     */
    static Check named(String name) {
        return switch (name) {
            case "defined" -> (v, a) -> !(v instanceof Values.Undefined);
            case "undefined" -> (v, a) -> v instanceof Values.Undefined;
            case "none" -> (v, a) -> v == Values.None.NONE;
            case "string" -> (v, a) -> v instanceof String;
            case "boolean" -> (v, a) -> v instanceof Boolean;
            case "true" -> (v, a) -> v.equals(true);
            case "false" -> (v, a) -> v.equals(false);
            case "mapping" -> (v, a) -> v instanceof Map;
            case "iterable", "sequence" -> (v, a) -> isIterable(v);
            case "number" -> (v, a) -> v instanceof Number || v instanceof Boolean;
            case "integer" -> (v, a) -> v instanceof Number && !(v instanceof Double);
            case "float" -> (v, a) -> v instanceof Double;
            case "callable" -> (v, a) -> v instanceof Callable;
            case "odd" -> (v, a) -> Math.floorMod(Values.requireInt(v, "odd"), 2) == 1;
            case "even" -> (v, a) -> Math.floorMod(Values.requireInt(v, "even"), 2) == 0;
            case "divisibleby" ->
                    (v, a) -> Values.requireInt(v, "divisibleby") % a.integer(0, "num", 1) == 0;
            default -> comparison(name);
        };
    }

    private static Check comparison(String name) {
        return switch (name) {
            case "equalto", "eq", "==" -> (v, a) -> Values.equal(v, a.require(0, "other"));
            case "ne", "!=" -> (v, a) -> !Values.equal(v, a.require(0, "other"));
            case "lt", "<", "lessthan" -> (v, a) -> Values.compare(v, a.require(0, "other")) < 0;
            case "le", "<=" -> (v, a) -> Values.compare(v, a.require(0, "other")) <= 0;
            case "gt", ">", "greaterthan" -> (v, a) -> Values.compare(v, a.require(0, "other")) > 0;
            case "ge", ">=" -> (v, a) -> Values.compare(v, a.require(0, "other")) >= 0;
            case "in" -> (v, a) -> Values.contains(a.require(0, "seq"), v);
            case "sameas" -> (v, a) -> v == a.require(0, "other") || isSameSimple(v, a);
            default -> throw new JinjaException("test '" + name + "' (expected: one of Jinja2's)");
        };
    }

    private static boolean isSameSimple(Object value, Arguments arguments) {
        return !isIterable(value) && value.equals(arguments.require(0, "other"));
    }

    private static boolean isIterable(Object value) {
        return value instanceof List
                || value instanceof Map
                || value instanceof String
                || value instanceof Values.Undefined;
    }
}
