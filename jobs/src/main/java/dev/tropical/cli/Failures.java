package dev.tropical.cli;

import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** What a failure says to a person: the first cause that has something to say. */
final class Failures {
    private Failures() {}

    static String message(Throwable failure) {
        Throwable cause = failure;
        while ((cause instanceof ExecutionException || cause instanceof CompletionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        String message = cause.getMessage();
        return message == null || message.isBlank() ? cause.getClass().getSimpleName() : message;
    }
}
