package dev.tropical.flink.text.jinja;

import java.util.List;

/**
 * Reads a tag's tokens from left to right, and counts how deep its expressions go: parsing and
 * evaluating them take as much of the stack.
 */
final class TokenCursor {
    /** Brackets, signs and conditions inside each other; published templates have at most 6. */
    private static final int MAX_NESTING = 50;

    /** Operators, filters and the like of a tag; published templates have at most 40. */
    private static final int MAX_OPERATORS = 200;

    private final List<Token> tokens;
    private int next;
    private int nesting;
    private int operators;

    TokenCursor(List<Token> tokens) {
        this.tokens = tokens;
    }

    /** An expression begins inside another one. */
    void enter() {
        if (++nesting > MAX_NESTING) {
            throw new JinjaException(
                    "more than "
                            + MAX_NESTING
                            + " expressions inside each other (expected: fewer)");
        }
    }

    /** The innermost expression has ended. */
    void leave() {
        nesting--;
    }

    /** An expression has one more operator, filter, test, attribute or call. */
    void countOperator() {
        if (++operators > MAX_OPERATORS) {
            throw new JinjaException(
                    "more than " + MAX_OPERATORS + " operators in a tag (expected: fewer)");
        }
    }

    Token peek() {
        return tokens.get(next);
    }

    Token take() {
        Token token = tokens.get(next);
        if (token.kind() != Token.Kind.END) {
            next++;
        }
        return token;
    }

    boolean isOperator(String text) {
        return peek().is(Token.Kind.OPERATOR, text);
    }

    boolean isName(String text) {
        return peek().is(Token.Kind.NAME, text);
    }

    /** Takes the operator if it is next. */
    boolean passOperator(String text) {
        boolean isNext = isOperator(text);
        next += isNext ? 1 : 0;
        return isNext;
    }

    /** Takes the word if it is next. */
    boolean passName(String text) {
        boolean isNext = isName(text);
        next += isNext ? 1 : 0;
        return isNext;
    }

    void requireOperator(String text) {
        if (!passOperator(text)) {
            throw unexpected("'" + text + "'");
        }
    }

    void requireName(String text) {
        if (!passName(text)) {
            throw unexpected("'" + text + "'");
        }
    }

    String requireAnyName() {
        if (peek().kind() != Token.Kind.NAME) {
            throw unexpected("a name");
        }
        return take().text();
    }

    void requireEnd() {
        if (peek().kind() != Token.Kind.END) {
            throw unexpected("the end of the tag");
        }
    }

    /** Whether {@code name=} is next, as before a named argument. */
    boolean isNamedArgument() {
        return peek().kind() == Token.Kind.NAME
                && tokens.get(next + 1).is(Token.Kind.OPERATOR, "=");
    }

    JinjaException unexpected(String expected) {
        return new JinjaException("'" + peek().text() + "' in a tag (expected: " + expected + ")");
    }
}
