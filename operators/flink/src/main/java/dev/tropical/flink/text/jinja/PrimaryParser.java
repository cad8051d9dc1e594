package dev.tropical.flink.text.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Literals, names, brackets, and what follows them: attributes, items, calls, filters, tests. */
final class PrimaryParser {
    /** Words that end a test's name rather than being its argument. */
    private static final Set<String> NO_ARGUMENT = Set.of("else", "or", "and", "is", "if", "in");

    private final TokenCursor tokens;
    private final ExpressionParser expressions;

    PrimaryParser(TokenCursor tokens, ExpressionParser expressions) {
        this.tokens = tokens;
        this.expressions = expressions;
    }

    /** A primary with its attributes, items and calls. */
    Expression withAccess() {
        Expression value = primary();
        while (true) {
            Expression base = value;
            if (tokens.passOperator(".")) {
                String name = tokens.take().text();
                tokens.countOperator();
                value = scope -> Access.attribute(base.evaluate(scope), name);
            } else if (tokens.passOperator("[")) {
                value = itemOrSlice(base);
            } else if (tokens.isOperator("(")) {
                value = call(base, arguments());
            } else {
                return value;
            }
        }
    }

    Expression withFiltersAndTests(Expression first) {
        Expression value = first;
        while (true) {
            Expression input = value;
            if (tokens.passOperator("|")) {
                tokens.countOperator();
                Filters.Filter filter = Filters.named(tokens.requireAnyName());
                CallArguments given = arguments();
                value = scope -> filtered(filter, input.evaluate(scope), given.evaluate(scope));
            } else if (tokens.passName("is")) {
                value = test(input);
            } else if (tokens.isOperator("(")) {
                value = call(input, arguments());
            } else {
                return value;
            }
        }
    }

    private static Object filtered(Filters.Filter filter, Object input, Arguments given) {
        Budget.spendOn(input);
        Object value = filter.apply(input, given);
        Budget.spendOn(value);
        return value;
    }

    private Expression call(Expression callee, CallArguments given) {
        tokens.countOperator();
        return scope -> {
            Object target = callee.evaluate(scope);
            if (!(target instanceof Callable callable)) {
                throw new JinjaException(Values.typeName(target) + " cannot be called");
            }
            Object value = callable.call(given.evaluate(scope));
            Budget.spendOn(value);
            return value;
        };
    }

    private Expression test(Expression input) {
        tokens.countOperator();
        boolean isNegated = tokens.passName("not");
        Checks.Check check = Checks.named(tokens.take().text());
        CallArguments given = isTestArgument() ? testArgument() : arguments();
        return scope -> {
            Budget.spend(1);
            return check.apply(input.evaluate(scope), given.evaluate(scope)) != isNegated;
        };
    }

    private boolean isTestArgument() {
        Token token = tokens.peek();
        return switch (token.kind()) {
            case STRING, INTEGER, FLOAT -> true;
            case NAME -> !NO_ARGUMENT.contains(token.text());
            case OPERATOR -> token.text().equals("[") || token.text().equals("{");
            case END -> false;
        };
    }

    private CallArguments testArgument() {
        return new CallArguments(List.of(withAccess()), Map.of());
    }

    /** Arguments in brackets; none when no bracket is next. */
    private CallArguments arguments() {
        List<Expression> positional = new ArrayList<>();
        Map<String, Expression> named = new LinkedHashMap<>();
        if (tokens.passOperator("(")) {
            while (!tokens.passOperator(")")) {
                if (tokens.isNamedArgument()) {
                    String name = tokens.requireAnyName();
                    tokens.requireOperator("=");
                    named.put(name, expressions.parse());
                } else {
                    positional.add(expressions.parse());
                }
                passComma(")");
            }
        }
        return new CallArguments(positional, named);
    }

    private void passComma(String close) {
        if (!tokens.isOperator(close)) {
            tokens.requireOperator(",");
        }
    }

    private Expression itemOrSlice(Expression base) {
        tokens.countOperator();
        @Nullable Expression start = tokens.isOperator(":") ? null : expressions.parse();
        if (start != null && tokens.passOperator("]")) {
            return scope -> Access.item(base.evaluate(scope), start.evaluate(scope));
        }
        tokens.requireOperator(":");
        @Nullable Expression stop = bound();
        @Nullable Expression step = tokens.passOperator(":") ? bound() : null;
        tokens.requireOperator("]");
        return scope ->
                Access.slice(
                        base.evaluate(scope),
                        integer(start, scope),
                        integer(stop, scope),
                        integer(step, scope));
    }

    private @Nullable Expression bound() {
        return tokens.isOperator(":") || tokens.isOperator("]") ? null : expressions.parse();
    }

    private static @Nullable Integer integer(@Nullable Expression bound, Scope scope) {
        if (bound == null) {
            return null;
        }
        Object value = bound.evaluate(scope);
        return value == Values.None.NONE ? null : Values.requireInt(value, "slice");
    }

    private Expression primary() {
        Token token = tokens.take();
        return switch (token.kind()) {
            case NAME -> name(token.text());
            case STRING -> string(token.text());
            case INTEGER -> constant(Long.parseLong(token.text()));
            case FLOAT -> constant(Double.parseDouble(token.text()));
            case OPERATOR ->
                    switch (token.text()) {
                        case "(" -> group();
                        case "[" -> list();
                        case "{" -> map();
                        default -> throw unexpected(token);
                    };
            case END -> throw unexpected(token);
        };
    }

    private static JinjaException unexpected(Token token) {
        return new JinjaException("'" + token.text() + "' in a tag (expected: a value)");
    }

    private static Expression constant(Object value) {
        return scope -> value;
    }

    /** Strings beside each other are one. */
    private Expression string(String first) {
        StringBuilder text = new StringBuilder(first);
        while (tokens.peek().kind() == Token.Kind.STRING) {
            text.append(tokens.take().text());
        }
        return constant(text.toString());
    }

    private static Expression name(String name) {
        return switch (name) {
            case "true", "True" -> constant(true);
            case "false", "False" -> constant(false);
            case "none", "None" -> constant(Values.None.NONE);
            default -> scope -> scope.get(name);
        };
    }

    /** A bracketed expression, or a tuple, which is a list to us. */
    private Expression group() {
        if (tokens.passOperator(")")) {
            return constant(List.of());
        }
        Expression first = expressions.parse();
        if (tokens.passOperator(")")) {
            return first;
        }
        tokens.requireOperator(",");
        List<Expression> elements = new ArrayList<>(List.of(first));
        elements.addAll(elements(")"));
        return scope -> evaluateAll(elements, scope);
    }

    private Expression list() {
        List<Expression> elements = elements("]");
        return scope -> evaluateAll(elements, scope);
    }

    private List<Expression> elements(String close) {
        List<Expression> elements = new ArrayList<>();
        while (!tokens.passOperator(close)) {
            elements.add(expressions.parse());
            passComma(close);
        }
        return elements;
    }

    private static List<Object> evaluateAll(List<Expression> elements, Scope scope) {
        Budget.spend(elements.size());
        List<Object> values = new ArrayList<>(elements.size());
        elements.forEach(element -> values.add(element.evaluate(scope)));
        return values;
    }

    private Expression map() {
        Map<Expression, Expression> entries = new LinkedHashMap<>();
        while (!tokens.passOperator("}")) {
            Expression key = expressions.parse();
            tokens.requireOperator(":");
            entries.put(key, expressions.parse());
            passComma("}");
        }
        return scope -> {
            Budget.spend(entries.size());
            Map<Object, Object> map = new LinkedHashMap<>();
            entries.forEach(
                    (key, value) ->
                            map.put(Values.requireKey(key.evaluate(scope)), value.evaluate(scope)));
            return map;
        };
    }
}
