package dev.tropical.protocol;

import java.io.IOException;

/** A peer sent something that cannot be understood: an unknown version or a malformed message. */
public final class WireException extends IOException {
    private static final long serialVersionUID = 1L;

    public WireException(String message) {
        super(message);
    }
}
