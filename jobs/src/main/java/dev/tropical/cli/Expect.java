package dev.tropical.cli;

import java.util.List;

/** Checks of options' values; the messages name option, value and what was expected. */
final class Expect {
    private Expect() {}

    static void oneOf(String name, String value, String... expected) throws UsageException {
        if (!List.of(expected).contains(value)) {
            throw new UsageException(
                    name + ": " + value + " (expected: " + String.join(" or ", expected) + ")");
        }
    }

    static void between(String name, int value, int least, int most) throws UsageException {
        if (value < least || value > most) {
            throw new UsageException(
                    name + ": " + value + " (expected: " + least + " to " + most + ")");
        }
    }

    static void port(String name, int port) throws UsageException {
        between(name, port, 0, 65535);
    }
}
