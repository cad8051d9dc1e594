package dev.tropical.engine.model;

/**
 * A model's folder cannot be used; the message names the file, key or tensor and what was expected.
 */
public final class ModelLoadException extends Exception {
    private static final long serialVersionUID = 1;

    public ModelLoadException(String message) {
        super(message);
    }

    public ModelLoadException(String message, Throwable cause) {
        super(message, cause);
    }
}
