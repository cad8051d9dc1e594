package dev.tropical.flink.text.jinja;

import java.time.ZonedDateTime;
import java.util.Map;
import java.util.function.Supplier;

/** A parsed template. Immutable; many threads may render it at once. */
public final class Template {
    private final Statement body;

    private Template(Statement body) {
        this.body = body;
    }

    /**
     * Parses a template.
     *
     * @throws JinjaException saying what cannot be read
     */
    public static Template parse(String source) {
        return new Template(guarded(() -> new StatementParser(Lexer.segments(source)).parseAll()));
    }

    /**
     * Renders it.
     *
     * @param variables JSON values as maps, lists, strings, numbers, booleans and nulls; not
     *     changed
     * @param now the time that {@code strftime_now} tells
     * @throws JinjaException when it fails, or refuses with {@code raise_exception}
     */
    public String render(Map<String, ?> variables, Supplier<ZonedDateTime> now) {
        return guarded(() -> renderUnguarded(variables, now));
    }

    /**
     * Renders it at a bounded cost.
     *
     * @param units about one for each step and each character that is made or looked through
     * @throws JinjaException also when it costs more
     */
    public String render(Map<String, ?> variables, Supplier<ZonedDateTime> now, long units) {
        return Budget.within(units, () -> render(variables, now));
    }

    private String renderUnguarded(Map<String, ?> variables, Supplier<ZonedDateTime> now) {
        Scope globals = new Scope(null);
        Globals.addTo(globals, now);
        Scope scope = new Scope(globals);
        variables.forEach((name, value) -> scope.set(name, Values.of(value)));
        StringBuilder out = new StringBuilder();
        body.render(scope, out);
        return out.toString();
    }

    /**
     * Whatever goes wrong is the template's fault. Limits on nesting keep the stack far from full;
     * a thread that was given a small one fails its request and nothing else, for nothing outlives
     * the call.
     */
    private static <T> T guarded(Supplier<T> work) {
        try {
            return work.get();
        } catch (JinjaException e) {
            throw e;
        } catch (StackOverflowError e) {
            throw new JinjaException("too many brackets, blocks or calls inside each other");
        } catch (RuntimeException e) {
            throw new JinjaException("fails: " + e);
        }
    }
}
