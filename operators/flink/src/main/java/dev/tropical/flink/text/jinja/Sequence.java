package dev.tropical.flink.text.jinja;

import java.util.List;

/** Statements one after the other, and values to names. */
final class Sequence {
    private Sequence() {}

    /** Ends early where one breaks or continues a loop. */
    static Statement of(List<Statement> statements) {
        if (statements.size() == 1) {
            return statements.get(0);
        }
        List<Statement> all = List.copyOf(statements);
        return (scope, out) -> {
            for (Statement statement : all) {
                Statement.Flow flow = statement.render(scope, out);
                if (flow != Statement.Flow.NEXT) {
                    return flow;
                }
            }
            return Statement.Flow.NEXT;
        };
    }

    /** Gives a name the value, or several names its elements. */
    static void assign(Scope scope, List<String> names, Object value) {
        if (names.size() == 1) {
            scope.set(names.get(0), value);
            return;
        }
        List<?> elements = Values.iterate(value);
        if (elements.size() != names.size()) {
            throw new JinjaException(
                    elements.size() + " values (expected: " + names.size() + " for " + names + ")");
        }
        for (int i = 0; i < elements.size(); i++) {
            scope.set(names.get(i), Values.of(elements.get(i)));
        }
    }
}
