package dev.tropical.flink.text.jinja;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A loop. Each round has names of its own, {@code loop} among them.
 *
 * @param condition which elements count; null = all
 * @param whenEmpty rendered when none does
 */
record ForLoop(
        List<String> names,
        Expression elements,
        @Nullable Expression condition,
        Statement body,
        Statement whenEmpty)
        implements Statement {

    @Override
    public Flow render(Scope scope, StringBuilder out) {
        List<Object> chosen = choose(scope);
        if (chosen.isEmpty()) {
            return whenEmpty.render(scope, out);
        }
        for (int i = 0; i < chosen.size(); i++) {
            Budget.spend(1);
            Scope round = new Scope(scope);
            Sequence.assign(round, names, chosen.get(i));
            round.set("loop", position(chosen, i));
            if (body.render(round, out) == Flow.BREAK) {
                break;
            }
        }
        return Flow.NEXT;
    }

    private List<Object> choose(Scope scope) {
        List<Object> chosen = new ArrayList<>();
        for (Object raw : Values.iterate(elements.evaluate(scope))) {
            Budget.spend(1);
            Object element = Values.of(raw);
            if (condition == null || counts(element, scope, condition)) {
                chosen.add(element);
            }
        }
        return chosen;
    }

    private boolean counts(Object element, Scope scope, Expression check) {
        Scope candidate = new Scope(scope);
        Sequence.assign(candidate, names, element);
        return Values.isTrue(check.evaluate(candidate));
    }

    private static Map<String, Object> position(List<Object> all, int index) {
        int size = all.size();
        Map<String, Object> loop = new HashMap<>();
        loop.put("index", index + 1);
        loop.put("index0", index);
        loop.put("revindex", size - index);
        loop.put("revindex0", size - index - 1);
        loop.put("first", index == 0);
        loop.put("last", index == size - 1);
        loop.put("length", size);
        if (index > 0) {
            loop.put("previtem", all.get(index - 1));
        }
        if (index + 1 < size) {
            loop.put("nextitem", all.get(index + 1));
        }
        loop.put(
                "cycle",
                (Callable) a -> a.positional().get(index % Math.max(1, a.positional().size())));
        return loop;
    }
}
