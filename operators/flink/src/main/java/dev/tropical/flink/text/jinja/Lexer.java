package dev.tropical.flink.text.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Cuts a template into text and tags, with transformers' settings: {@code trim_blocks} (the newline
 * after a block or comment goes), {@code lstrip_blocks} (so does the indentation before one), and
 * {@code -} and {@code +} in a tag in place of both.
 */
final class Lexer {
    private static final Pattern RAW_END = Pattern.compile("\\{%(-?)\\s*endraw\\s*(-?)%}");

    private final String source;
    private final List<Segment> segments = new ArrayList<>();
    private int position;
    private boolean atLineStart = true;

    private Lexer(String source) {
        this.source = source;
    }

    static List<Segment> segments(String template) {
        String source = template.replace("\r\n", "\n");
        // Jinja2 drops one newline at the end of a template.
        Lexer lexer = new Lexer(source.replaceFirst("\n\\z", ""));
        while (lexer.position < lexer.source.length()) {
            lexer.next();
        }
        return lexer.segments;
    }

    private void next() {
        int tag = nextTag();
        if (tag < 0) {
            addText(source.substring(position));
            position = source.length();
            return;
        }
        char kind = source.charAt(tag + 1);
        char sign = tag + 2 < source.length() ? source.charAt(tag + 2) : ' ';
        addText(trimBefore(source.substring(position, tag), kind, sign));
        boolean isSigned = sign == '-' || (sign == '+' && kind != '{');
        position = tag + (isSigned ? 3 : 2);
        switch (kind) {
            case '#' -> skipComment();
            case '{' -> segments.add(new Segment.Output(tokens("}}")));
            default -> block();
        }
    }

    private int nextTag() {
        for (int at = source.indexOf('{', position); at >= 0; at = source.indexOf('{', at + 1)) {
            if (at + 1 < source.length() && "{%#".indexOf(source.charAt(at + 1)) >= 0) {
                return at;
            }
        }
        return -1;
    }

    private String trimBefore(String text, char kind, char sign) {
        if (sign == '-') {
            return text.stripTrailing();
        }
        int line = text.lastIndexOf('\n') + 1;
        boolean isIndentation = (line > 0 || atLineStart) && text.substring(line).isBlank();
        return kind != '{' && sign != '+' && isIndentation ? text.substring(0, line) : text;
    }

    private void addText(String text) {
        if (!text.isEmpty()) {
            segments.add(new Segment.Text(text));
        }
    }

    private void skipComment() {
        int end = source.indexOf("#}", position);
        if (end < 0) {
            throw new JinjaException("a comment without its end");
        }
        char sign = source.charAt(end - 1);
        position = end + 2;
        trimAfter(sign, true);
    }

    private void block() {
        List<Token> tokens = tokens("%}");
        if (!tokens.get(0).is(Token.Kind.NAME, "raw")) {
            segments.add(new Segment.Block(tokens));
            return;
        }
        Matcher end = RAW_END.matcher(source);
        if (!end.find(position)) {
            throw new JinjaException("raw without endraw");
        }
        String text = source.substring(position, end.start());
        addText(end.group(1).isEmpty() ? text : text.stripTrailing());
        position = end.end();
        trimAfter(end.group(2).isEmpty() ? ' ' : '-', true);
    }

    /** Reads tokens to the end of the tag and passes it. */
    private List<Token> tokens(String end) {
        TokenReader reader = new TokenReader(source, position, end);
        List<Token> tokens = reader.readAll();
        position = reader.position();
        trimAfter(reader.endSign(), end.equals("%}"));
        return tokens;
    }

    /** Leaves out what the end of a tag takes away after it. */
    private void trimAfter(char sign, boolean isBlock) {
        int start = position;
        if (sign == '-') {
            while (position < source.length() && Character.isWhitespace(source.charAt(position))) {
                position++;
            }
        } else if (isBlock && sign != '+' && source.startsWith("\n", position)) {
            position++;
        }
        atLineStart = position > start && source.charAt(position - 1) == '\n';
    }
}
