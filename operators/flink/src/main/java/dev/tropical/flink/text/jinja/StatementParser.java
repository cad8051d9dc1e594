package dev.tropical.flink.text.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Statements: text, output, if, for, set, macro, break, continue. */
final class StatementParser {
    private static final Statement NOTHING = (scope, out) -> Statement.Flow.NEXT;

    /** Blocks inside each other; published templates have at most 8. */
    private static final int MAX_NESTING = 50;

    private final List<Segment> segments;
    private int next;
    private int nesting;

    StatementParser(List<Segment> segments) {
        this.segments = segments;
    }

    Statement parseAll() {
        Statement body = body(Set.of());
        if (next < segments.size()) {
            throw takeBlock().unexpected("a statement");
        }
        return body;
    }

    /** Statements up to a block that starts with one of these words, which stays. */
    private Statement body(Set<String> ends) {
        if (++nesting > MAX_NESTING) {
            throw new JinjaException(
                    "more than " + MAX_NESTING + " blocks inside each other (expected: fewer)");
        }
        Statement body = statements(ends);
        nesting--;
        return body;
    }

    private Statement statements(Set<String> ends) {
        List<Statement> statements = new ArrayList<>();
        while (next < segments.size() && !ends.contains(blockWord())) {
            if (ends.isEmpty() && (blockWord().startsWith("end") || blockWord().equals("else"))) {
                break;
            }
            statements.add(statement());
        }
        if (next == segments.size() && !ends.isEmpty()) {
            throw new JinjaException("the template ends before " + ends);
        }
        return Sequence.of(statements);
    }

    private String blockWord() {
        return segments.get(next) instanceof Segment.Block block
                ? block.tokens().get(0).text()
                : "";
    }

    private TokenCursor takeBlock() {
        if (!(segments.get(next++) instanceof Segment.Block block)) {
            throw new JinjaException("text (expected: a block)");
        }
        return new TokenCursor(block.tokens());
    }

    /** Takes a block that says just this word. */
    private void requireBlock(String word) {
        TokenCursor tokens = takeBlock();
        tokens.requireName(word);
        tokens.requireEnd();
    }

    private Statement statement() {
        Segment segment = segments.get(next);
        if (segment instanceof Segment.Text text) {
            next++;
            return (scope, out) -> {
                Budget.spendOn(text.text());
                out.append(text.text());
                return Statement.Flow.NEXT;
            };
        }
        if (segment instanceof Segment.Output output) {
            next++;
            return output(new TokenCursor(output.tokens()));
        }
        TokenCursor tokens = takeBlock();
        String word = tokens.requireAnyName();
        return switch (word) {
            case "if" -> ifBlock(tokens);
            case "for" -> forBlock(tokens);
            case "set" -> setBlock(tokens);
            case "macro" -> macroBlock(tokens);
            case "generation" -> generationBlock();
            case "break" -> (scope, out) -> Statement.Flow.BREAK;
            case "continue" -> (scope, out) -> Statement.Flow.CONTINUE;
            default ->
                    throw new JinjaException("block '" + word + "' (expected: one that is known)");
        };
    }

    private static Statement output(TokenCursor tokens) {
        Expression expression = wholeExpression(tokens);
        return (scope, out) -> {
            String text = Values.text(expression.evaluate(scope));
            Budget.spendOn(text);
            out.append(text);
            return Statement.Flow.NEXT;
        };
    }

    private static Expression wholeExpression(TokenCursor tokens) {
        Expression expression = new ExpressionParser(tokens).parse();
        tokens.requireEnd();
        return expression;
    }

    private Statement ifBlock(TokenCursor tokens) {
        Expression condition = wholeExpression(tokens);
        Statement then = body(Set.of("elif", "else", "endif"));
        Statement otherwise = NOTHING;
        TokenCursor end = takeBlock();
        if (end.passName("elif")) {
            nesting++; // as an if in the else's place
            otherwise = ifBlock(end);
            nesting--;
        } else if (end.passName("else")) {
            otherwise = body(Set.of("endif"));
            requireBlock("endif");
        }
        Statement whenFalse = otherwise;
        return (scope, out) ->
                Values.isTrue(condition.evaluate(scope))
                        ? then.render(scope, out)
                        : whenFalse.render(scope, out);
    }

    private Statement forBlock(TokenCursor tokens) {
        List<String> names = names(tokens);
        tokens.requireName("in");
        ExpressionParser expressions = new ExpressionParser(tokens);
        Expression elements = expressions.or();
        @Nullable Expression condition = tokens.passName("if") ? expressions.or() : null;
        tokens.requireEnd();
        Statement body = body(Set.of("else", "endfor"));
        Statement whenEmpty = NOTHING;
        if (blockWord().equals("else")) {
            requireBlock("else");
            whenEmpty = body(Set.of("endfor"));
        }
        requireBlock("endfor");
        return new ForLoop(names, elements, condition, body, whenEmpty);
    }

    private static List<String> names(TokenCursor tokens) {
        boolean isBracketed = tokens.passOperator("(");
        List<String> names = new ArrayList<>();
        do {
            names.add(tokens.requireAnyName());
        } while (tokens.passOperator(","));
        if (isBracketed) {
            tokens.requireOperator(")");
        }
        return names;
    }

    private Statement setBlock(TokenCursor tokens) {
        List<String> names = names(tokens);
        String name = names.get(0);
        @Nullable String attribute = tokens.passOperator(".") ? tokens.requireAnyName() : null;
        Expression value;
        if (tokens.passOperator("=")) {
            value = valueOf(tokens, names.size() > 1);
        } else {
            tokens.requireEnd();
            Statement body = body(Set.of("endset"));
            requireBlock("endset");
            value = scope -> rendered(body, new Scope(scope));
        }
        return (scope, out) -> {
            if (attribute == null) {
                Sequence.assign(scope, names, value.evaluate(scope));
            } else if (scope.get(name) instanceof Namespace namespace) {
                namespace.set(attribute, value.evaluate(scope));
            } else {
                throw new JinjaException(
                        "set " + name + "." + attribute + " (expected: a namespace)");
            }
            return Statement.Flow.NEXT;
        };
    }

    /** The right side of an assignment; several values without brackets are a tuple. */
    private static Expression valueOf(TokenCursor tokens, boolean isTuple) {
        ExpressionParser expressions = new ExpressionParser(tokens);
        List<Expression> values = new ArrayList<>(List.of(expressions.parse()));
        while (isTuple && tokens.passOperator(",")) {
            values.add(expressions.parse());
        }
        tokens.requireEnd();
        return values.size() == 1
                ? values.get(0)
                : scope -> values.stream().map(value -> value.evaluate(scope)).toList();
    }

    private static String rendered(Statement body, Scope scope) {
        StringBuilder out = new StringBuilder();
        body.render(scope, out);
        Budget.spend(out.length());
        return out.toString();
    }

    private Statement macroBlock(TokenCursor tokens) {
        String name = tokens.requireAnyName();
        tokens.requireOperator("(");
        Map<String, Expression> parameters = new LinkedHashMap<>();
        while (!tokens.passOperator(")")) {
            String parameter = tokens.requireAnyName();
            Expression whenAbsent =
                    tokens.passOperator("=")
                            ? new ExpressionParser(tokens).parse()
                            : scope -> new Values.Undefined(parameter);
            parameters.put(parameter, whenAbsent);
            if (!tokens.isOperator(")")) {
                tokens.requireOperator(",");
            }
        }
        tokens.requireEnd();
        Statement body = body(Set.of("endmacro"));
        requireBlock("endmacro");
        return (scope, out) -> {
            scope.set(name, (Callable) arguments -> expand(scope, parameters, body, arguments));
            return Statement.Flow.NEXT;
        };
    }

    private static Object expand(
            Scope outer, Map<String, Expression> parameters, Statement body, Arguments arguments) {
        Budget.enterMacro();
        Scope scope = new Scope(outer);
        int index = 0;
        for (Map.Entry<String, Expression> parameter : parameters.entrySet()) {
            Object given = arguments.find(index++, parameter.getKey());
            Object value = given == null ? parameter.getValue().evaluate(scope) : given;
            scope.set(parameter.getKey(), value);
        }
        String text = rendered(body, scope);
        Budget.leaveMacro();
        return text;
    }

    /** Marks what training is to learn; a prompt is rendered the same with and without. */
    private Statement generationBlock() {
        Statement body = body(Set.of("endgeneration"));
        requireBlock("endgeneration");
        return body;
    }
}
