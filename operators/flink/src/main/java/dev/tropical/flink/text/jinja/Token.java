package dev.tropical.flink.text.jinja;

/** A token within a tag. A string's text is without quotes and escapes. */
record Token(Kind kind, String text) {
    enum Kind {
        NAME,
        STRING,
        INTEGER,
        FLOAT,
        OPERATOR,
        END
    }

    static final Token END = new Token(Kind.END, "the end of the tag");

    boolean is(Kind expected, String expectedText) {
        return kind == expected && text.equals(expectedText);
    }
}
