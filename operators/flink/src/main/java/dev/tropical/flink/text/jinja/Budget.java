package dev.tropical.flink.text.jinja;

import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What a rendering may cost, where its template is a client's: about a unit a step, and one a
 * character or element that is made or looked through. So neither time nor memory is without a
 * bound, whatever the template does. Kept by the thread that renders; a model's own template has
 * none.
 */
final class Budget {
    private static final ThreadLocal<Budget> CURRENT = new ThreadLocal<>();

    /** Macros that call each other; a tool's schema is some 5 deep. */
    private static final int MAX_MACROS = 10;

    private final long units;
    private long left;
    private int macros;

    private Budget(long units) {
        this.units = units;
        this.left = units;
    }

    /**
     * @throws JinjaException when the work costs more
     */
    static <T> T within(long units, Supplier<T> work) {
        CURRENT.set(new Budget(units));
        try {
            return work.get();
        } finally {
            CURRENT.remove();
        }
    }

    /** To be called before what costs much is begun. */
    static void spend(long units) {
        Budget budget = CURRENT.get();
        if (budget == null) {
            return;
        }
        budget.left -= units;
        if (budget.left < 0) {
            throw new JinjaException(
                    "more than " + budget.units + " steps and characters (expected: less work)");
        }
    }

    /** A macro is called; to be followed by {@link #leaveMacro} unless the rendering fails. */
    static void enterMacro() {
        Budget budget = CURRENT.get();
        if (budget != null && ++budget.macros > MAX_MACROS) {
            throw new JinjaException(
                    "more than " + MAX_MACROS + " macros inside each other (expected: fewer)");
        }
    }

    static void leaveMacro() {
        Budget budget = CURRENT.get();
        if (budget != null) {
            budget.macros--;
        }
    }

    /** A step that looked through the value, or made it. */
    static void spendOn(Object value) {
        spend(1L + size(value));
    }

    private static int size(Object value) {
        if (value instanceof String text) {
            return text.length();
        }
        if (value instanceof List<?> list) {
            return list.size();
        }
        return value instanceof Map<?, ?> map ? map.size() : 0;
    }
}
