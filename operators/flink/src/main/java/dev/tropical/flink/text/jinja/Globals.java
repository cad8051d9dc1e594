package dev.tropical.flink.text.jinja;

import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.Supplier;

/** The functions that every template can call: Jinja2's, and transformers' own two. */
final class Globals {
    private static final int MAX_RANGE = 100_000;

    private Globals() {}

    /**
     * @param now the time that {@code strftime_now} tells
     */
    static void addTo(Scope scope, Supplier<ZonedDateTime> now) {
        scope.set("namespace", (Callable) a -> new Namespace(a.named()));
        scope.set("dict", (Callable) a -> new LinkedHashMap<>(a.named()));
        scope.set("range", (Callable) Globals::range);
        scope.set("raise_exception", (Callable) Globals::raise);
        scope.set("strftime_now", (Callable) a -> Strftime.format(now.get(), a.text(0, "format")));
    }

    private static Object raise(Arguments arguments) {
        throw new JinjaException(Values.text(arguments.get(0, "message", "")));
    }

    private static Object range(Arguments arguments) {
        boolean hasStart = arguments.positional().size() > 1;
        int start = hasStart ? arguments.integer(0, "start", 0) : 0;
        int stop = arguments.integer(hasStart ? 1 : 0, "stop", 0);
        int step = arguments.integer(2, "step", 1);
        if (step == 0 || Math.abs((long) stop - start) / Math.abs(step) > MAX_RANGE) {
            throw new JinjaException(
                    "range of "
                            + start
                            + ", "
                            + stop
                            + ", "
                            + step
                            + " (expected: at most "
                            + MAX_RANGE
                            + " numbers)");
        }
        Budget.spend(Math.abs((long) stop - start) / Math.abs(step));
        List<Object> numbers = new ArrayList<>();
        for (long i = start; step > 0 ? i < stop : i > stop; i += step) {
            numbers.add(i);
        }
        return numbers;
    }
}
