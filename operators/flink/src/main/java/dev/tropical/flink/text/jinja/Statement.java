package dev.tropical.flink.text.jinja;

/** A parsed statement or text. */
@FunctionalInterface
interface Statement {
    /** What comes after a statement. */
    enum Flow {
        NEXT,
        CONTINUE,
        BREAK
    }

    Flow render(Scope scope, StringBuilder out);
}
