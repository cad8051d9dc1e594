package dev.tropical.flink.text.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the tokens of one tag. */
final class TokenReader {
    private static final Pattern TOKEN =
            Pattern.compile(
                    "(?<name>[A-Za-z_][A-Za-z0-9_]*)"
                            + "|(?<float>\\d+\\.\\d+(?:[eE][+-]?\\d+)?)"
                            + "|(?<integer>\\d+)"
                            + "|(?<string>'(?:[^'\\\\]|\\\\.)*'|\"(?:[^\"\\\\]|\\\\.)*\")"
                            + "|(?<operator>\\*\\*|//|==|!=|<=|>=|[-+*/%~<>=(){}\\[\\].,:|])",
                    Pattern.DOTALL);
    private static final Pattern ESCAPE =
            Pattern.compile("\\\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)", Pattern.DOTALL);

    private final String source;
    private final String end;
    private int position;
    private char endSign = ' ';

    /**
     * @param end the two characters that end the tag
     */
    TokenReader(String source, int position, String end) {
        this.source = source;
        this.position = position;
        this.end = end;
    }

    /** Up to and over the tag's end, with {@link Token#END} as the last. */
    List<Token> readAll() {
        List<Token> tokens = new ArrayList<>();
        Matcher matcher = TOKEN.matcher(source);
        int open = 0; // brackets: the end of a tag does not count within them
        while (true) {
            skipBlanks();
            if (open == 0 && passEnd()) {
                tokens.add(Token.END);
                return tokens;
            }
            if (!matcher.region(position, source.length()).lookingAt()) {
                int shown = Math.min(source.length(), position + 20);
                throw new JinjaException(
                        "cannot read '" + source.substring(position, shown) + "' in a tag");
            }
            Token token = token(matcher);
            if (token.kind() == Token.Kind.OPERATOR) {
                open += "([{".contains(token.text()) ? 1 : ")]}".contains(token.text()) ? -1 : 0;
            }
            tokens.add(token);
            position = matcher.end();
        }
    }

    private void skipBlanks() {
        while (position < source.length() && Character.isWhitespace(source.charAt(position))) {
            position++;
        }
    }

    private boolean passEnd() {
        if (source.startsWith(end, position)) {
            position += 2;
            return true;
        }
        char sign = position < source.length() ? source.charAt(position) : ' ';
        boolean isSigned = sign == '-' || (sign == '+' && end.equals("%}"));
        if (isSigned && source.startsWith(end, position + 1)) {
            endSign = sign;
            position += 3;
            return true;
        }
        return false;
    }

    private static Token token(Matcher matcher) {
        String text = matcher.group();
        if (matcher.group("name") != null) {
            return new Token(Token.Kind.NAME, text);
        }
        if (matcher.group("string") != null) {
            return new Token(Token.Kind.STRING, unescape(text.substring(1, text.length() - 1)));
        }
        if (matcher.group("float") != null) {
            return new Token(Token.Kind.FLOAT, text);
        }
        return new Token(
                matcher.group("integer") != null ? Token.Kind.INTEGER : Token.Kind.OPERATOR, text);
    }

    private static String unescape(String text) {
        return ESCAPE.matcher(text)
                .replaceAll(match -> Matcher.quoteReplacement(character(match.group(1))));
    }

    private static String character(String escape) {
        return switch (escape.charAt(0)) {
            case 'n' -> "\n";
            case 't' -> "\t";
            case 'r' -> "\r";
            case '\\', '\'', '"' -> escape;
            case '\n' -> "";
            case 'u', 'x' ->
                    escape.length() == 1
                            ? "\\" + escape
                            : String.valueOf((char) Integer.parseInt(escape.substring(1), 16));
            default -> "\\" + escape;
        };
    }

    /** Where the tag is over. */
    int position() {
        return position;
    }

    /** The sign before the tag's end: {@code -}, {@code +} or a blank. */
    char endSign() {
        return endSign;
    }
}
