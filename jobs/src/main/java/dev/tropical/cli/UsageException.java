package dev.tropical.cli;

/** What was asked for cannot be; the message names the value and what was expected. Exit code 2. */
final class UsageException extends Exception {
    private static final long serialVersionUID = 1L;

    UsageException(String message) {
        super(message);
    }
}
