package dev.tropical.flink.text.jinja;

/** A parsed expression. */
@FunctionalInterface
interface Expression {
    Object evaluate(Scope scope);
}
