package dev.tropical.flink.text.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;
import java.util.function.IntPredicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Python's string methods. */
final class Texts {
    private static final Pattern WORD = Pattern.compile("\\p{L}+");

    private Texts() {}

    static String upper(String text) {
        return text.toUpperCase(Locale.ROOT);
    }

    static String lower(String text) {
        return text.toLowerCase(Locale.ROOT);
    }

    static String capitalize(String text) {
        return text.isEmpty() ? text : upper(text.substring(0, 1)) + lower(text.substring(1));
    }

    static String title(String text) {
        return WORD.matcher(text).replaceAll(word -> capitalize(word.group()));
    }

    /**
     * @param characters those to take away at the ends; null = white space
     */
    static String strip(String text, @Nullable String characters, boolean left, boolean right) {
        IntPredicate goes = characters == null ? Texts::isSpace : c -> characters.indexOf(c) >= 0;
        int start = 0;
        int end = text.length();
        while (left && start < end && goes.test(text.charAt(start))) {
            start++;
        }
        while (right && end > start && goes.test(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(start, end);
    }

    /** Python counts no-break spaces, Java does not. */
    private static boolean isSpace(int c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == 0x85;
    }

    /**
     * @param separator null = any white space, and none at the ends
     * @param most splits to make; -1 = all
     */
    static List<String> split(String text, @Nullable String separator, int most) {
        if (separator == null) {
            String inner = strip(text, null, true, true);
            int limit = most < 0 ? 0 : most + 1;
            return inner.isEmpty() ? List.of() : List.of(inner.split("\\s+", limit));
        }
        if (separator.isEmpty()) {
            throw new JinjaException("empty separator");
        }
        List<String> parts = new ArrayList<>();
        int from = 0;
        int at = text.indexOf(separator);
        while (at >= 0 && (most < 0 || parts.size() < most)) {
            parts.add(text.substring(from, at));
            from = at + separator.length();
            at = text.indexOf(separator, from);
        }
        parts.add(text.substring(from));
        return parts;
    }

    static String join(List<?> elements, String separator) {
        StringJoiner joined = new StringJoiner(separator);
        for (Object element : elements) {
            String text = Values.text(Values.of(element));
            Budget.spend(1L + text.length() + separator.length());
            joined.add(text);
        }
        return joined.toString();
    }

    /** Every {@code old}; an empty one stands before each character and at the end. */
    static String replace(String text, String old, String replacement) {
        int found = old.isEmpty() ? text.length() + 1 : 0;
        int at = old.isEmpty() ? -1 : text.indexOf(old);
        for (; at >= 0; at = text.indexOf(old, at + old.length())) {
            found++;
        }
        Budget.spend(text.length() + (long) found * replacement.length());
        return text.replace(old, replacement);
    }

    /** Jinja2's filter: blanks before each line but the first and the empty ones. */
    static String indent(String text, int width, boolean first, boolean blank) {
        String[] lines = text.split("\n", -1);
        Budget.spend(text.length() + (long) lines.length * Math.max(0, width));
        String margin = " ".repeat(width);
        for (int i = 0; i < lines.length; i++) {
            if ((i > 0 || first) && (blank || !lines[i].isEmpty())) {
                lines[i] = margin + lines[i];
            }
        }
        return String.join("\n", lines);
    }
}
