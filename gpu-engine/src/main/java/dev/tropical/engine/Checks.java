package dev.tropical.engine;

/** Checks of options; the messages carry the command line's names. */
final class Checks {
    private Checks() {}

    static void atLeast(String name, long value, long least) {
        if (value < least) {
            throw new IllegalArgumentException(
                    name + ": " + value + " (expected: at least " + least + ")");
        }
    }
}
