package dev.tropical.flink.text.jinja;

/** A template cannot be parsed, fails while it renders, or refuses by {@code raise_exception}. */
public final class JinjaException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public JinjaException(String message) {
        super(message);
    }
}
