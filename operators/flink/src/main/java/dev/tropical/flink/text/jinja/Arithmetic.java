package dev.tropical.flink.text.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;

/** Python's arithmetic on integers of 64 bits and doubles; {@code +} also joins texts and lists. */
final class Arithmetic {
    private Arithmetic() {}

    static BiFunction<Object, Object, Object> operator(String operator) {
        return switch (operator) {
            case "+" -> Arithmetic::add;
            case "*" -> Arithmetic::multiply;
            default -> (a, b) -> calculate(operator, a, b);
        };
    }

    private static Object add(Object a, Object b) {
        if (a instanceof String x && b instanceof String y) {
            return x + y;
        }
        if (a instanceof List<?> x && b instanceof List<?> y) {
            List<Object> both = new ArrayList<>(x);
            both.addAll(y);
            return both;
        }
        return calculate("+", a, b);
    }

    private static Object multiply(Object a, Object b) {
        if (a instanceof String text && b instanceof Long times) {
            int count = Math.max(0, Math.toIntExact(times));
            Budget.spend((long) text.length() * count);
            return text.repeat(count);
        }
        return calculate("*", a, b);
    }

    private static Object calculate(String operator, Object a, Object b) {
        if (!(a instanceof Number x) || !(b instanceof Number y)) {
            throw new JinjaException(
                    "cannot compute "
                            + Values.typeName(a)
                            + " "
                            + operator
                            + " "
                            + Values.typeName(b));
        }
        boolean isDivision = operator.equals("/");
        if ((isDivision || operator.equals("//") || operator.equals("%")) && y.doubleValue() == 0) {
            throw new JinjaException("division by zero");
        }
        return x instanceof Long m && y instanceof Long n && !isDivision
                ? onIntegers(operator, m, n)
                : onDoubles(operator, x.doubleValue(), y.doubleValue());
    }

    private static Object onIntegers(String operator, long a, long b) {
        return switch (operator) {
            case "+" -> a + b;
            case "-" -> a - b;
            case "*" -> a * b;
            case "//" -> Math.floorDiv(a, b);
            case "%" -> Math.floorMod(a, b);
            case "**" -> (long) Math.pow((double) a, (double) b);
            default -> throw new JinjaException("unknown operator " + operator);
        };
    }

    private static Object onDoubles(String operator, double a, double b) {
        return switch (operator) {
            case "+" -> a + b;
            case "-" -> a - b;
            case "*" -> a * b;
            case "/" -> a / b;
            case "//" -> Math.floor(a / b);
            case "%" -> a - b * Math.floor(a / b);
            case "**" -> Math.pow(a, b);
            default -> throw new JinjaException("unknown operator " + operator);
        };
    }
}
