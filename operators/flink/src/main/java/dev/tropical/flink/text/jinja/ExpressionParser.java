package dev.tropical.flink.text.jinja;

import java.util.Map;
import java.util.function.BiFunction;

/** Expressions, loosest operators first: one method a level of Jinja2's precedence. */
final class ExpressionParser {
    private static final Map<String, BiFunction<Object, Object, Object>> COMPARISONS =
            Map.of(
                    "==", Values::equal,
                    "!=", (a, b) -> !Values.equal(a, b),
                    "<", (a, b) -> Values.compare(a, b) < 0,
                    "<=", (a, b) -> Values.compare(a, b) <= 0,
                    ">", (a, b) -> Values.compare(a, b) > 0,
                    ">=", (a, b) -> Values.compare(a, b) >= 0);

    private final TokenCursor tokens;

    ExpressionParser(TokenCursor tokens) {
        this.tokens = tokens;
    }

    /** Also {@code a if condition else b}. */
    Expression parse() {
        tokens.enter();
        Expression value = or();
        while (tokens.passName("if")) {
            Expression whenTrue = value;
            Expression condition = or();
            Expression whenFalse =
                    tokens.passName("else") ? parse() : scope -> new Values.Undefined("else");
            value =
                    scope ->
                            Values.isTrue(condition.evaluate(scope))
                                    ? whenTrue.evaluate(scope)
                                    : whenFalse.evaluate(scope);
        }
        tokens.leave();
        return value;
    }

    /** An expression before an {@code if} that belongs to someone else, as in a for tag. */
    Expression or() {
        Expression left = and();
        while (tokens.passName("or")) {
            tokens.countOperator();
            Expression a = left;
            Expression b = and();
            left =
                    scope -> {
                        Object value = a.evaluate(scope);
                        return Values.isTrue(value) ? value : b.evaluate(scope);
                    };
        }
        return left;
    }

    private Expression and() {
        Expression left = not();
        while (tokens.passName("and")) {
            tokens.countOperator();
            Expression a = left;
            Expression b = not();
            left =
                    scope -> {
                        Object value = a.evaluate(scope);
                        return Values.isTrue(value) ? b.evaluate(scope) : value;
                    };
        }
        return left;
    }

    private Expression not() {
        if (tokens.passName("not")) {
            tokens.countOperator();
            Expression operand = not();
            return scope -> !Values.isTrue(operand.evaluate(scope));
        }
        return comparison();
    }

    private Expression comparison() {
        Expression left = sum();
        while (true) {
            if (tokens.passName("in")) {
                left = combine(left, sum(), (a, b) -> Values.contains(b, a));
            } else if (tokens.isName("not")) {
                tokens.requireName("not");
                tokens.requireName("in");
                left = combine(left, sum(), (a, b) -> !Values.contains(b, a));
            } else {
                var operator =
                        tokens.peek().kind() == Token.Kind.OPERATOR
                                ? COMPARISONS.get(tokens.peek().text())
                                : null;
                if (operator == null) {
                    return left;
                }
                tokens.take();
                left = combine(left, sum(), operator);
            }
        }
    }

    private Expression sum() {
        Expression left = concatenation();
        while (tokens.isOperator("+") || tokens.isOperator("-")) {
            var operator = Arithmetic.operator(tokens.take().text());
            left = combine(left, concatenation(), operator);
        }
        return left;
    }

    private Expression concatenation() {
        Expression left = product();
        while (tokens.passOperator("~")) {
            left = combine(left, product(), (a, b) -> Values.text(a) + Values.text(b));
        }
        return left;
    }

    private Expression product() {
        Expression left = power();
        while (tokens.isOperator("*")
                || tokens.isOperator("/")
                || tokens.isOperator("//")
                || tokens.isOperator("%")) {
            var operator = Arithmetic.operator(tokens.take().text());
            left = combine(left, power(), operator);
        }
        return left;
    }

    private Expression power() {
        Expression left = unary(true);
        while (tokens.passOperator("**")) {
            left = combine(left, unary(true), Arithmetic.operator("**"));
        }
        return left;
    }

    /** A sign binds tighter than filters: {@code -3|abs} is 3. */
    private Expression unary(boolean withFilters) {
        PrimaryParser primary = new PrimaryParser(tokens, this);
        Expression value = tokens.passOperator("-") ? negated() : primary.withAccess();
        return withFilters ? primary.withFiltersAndTests(value) : value;
    }

    private Expression negated() {
        tokens.countOperator();
        Expression operand = unary(false);
        return scope -> Arithmetic.operator("-").apply(0L, operand.evaluate(scope));
    }

    private Expression combine(
            Expression a, Expression b, BiFunction<Object, Object, Object> operator) {
        tokens.countOperator();
        return scope -> {
            Object value = operator.apply(a.evaluate(scope), b.evaluate(scope));
            Budget.spendOn(value);
            return value;
        };
    }
}
