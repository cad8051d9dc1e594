package dev.tropical.flink.admit;

/** Values as messages show them: short, whatever the client sent. */
final class Shown {
    private static final int MAX_CHARS = 80;

    private Shown() {}

    static String of(Object value) {
        String text = value.toString();
        if (text.length() <= MAX_CHARS) {
            return text;
        }
        int end = Character.isHighSurrogate(text.charAt(MAX_CHARS - 1)) ? MAX_CHARS - 1 : MAX_CHARS;
        return text.substring(0, end) + "...";
    }
}
