package dev.tropical.engine.client;

import java.io.IOException;

/** Refuses state of a layout that this build does not know. */
final class Versions {
    private Versions() {}

    static void check(int version, int expected, String what) throws IOException {
        if (version != expected) {
            throw new IOException(
                    what + ": state version " + version + " (expected: " + expected + ")");
        }
    }
}
