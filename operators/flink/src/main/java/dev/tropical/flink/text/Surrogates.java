package dev.tropical.flink.text;

/** JSON can hold half a character; text cannot. */
public final class Surrogates {
    private Surrogates() {}

    /** Whether the text holds a surrogate without its partner. */
    public static boolean hasLone(String text) {
        return indexOfLone(text) >= 0;
    }

    /** The text with each surrogate that lacks its partner replaced by U+FFFD. */
    static String replaceLone(String text) {
        int at = indexOfLone(text);
        if (at < 0) {
            return text;
        }
        StringBuilder clean = new StringBuilder(text.length()).append(text, 0, at);
        text.substring(at)
                .codePoints()
                .map(c -> Character.getType(c) == Character.SURROGATE ? 0xfffd : c)
                .forEach(clean::appendCodePoint);
        return clean.toString();
    }

    private static int indexOfLone(String text) {
        int c;
        for (int i = 0; i < text.length(); i += Character.charCount(c)) {
            c = text.codePointAt(i);
            if (Character.getType(c) == Character.SURROGATE) {
                return i;
            }
        }
        return -1;
    }
}
