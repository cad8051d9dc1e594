package dev.tropical.flink.text.jinja;

import java.util.List;

/** A piece of a template's source. */
sealed interface Segment {
    /** Text as it is, already trimmed as the tags beside it ask. */
    record Text(String text) implements Segment {}

    /** <code>{{ expression }}</code>. */
    record Output(List<Token> tokens) implements Segment {}

    /** <code>{% statement %}</code>. */
    record Block(List<Token> tokens) implements Segment {}
}
