package dev.tropical.openai;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Set;

/**
 * A field of a request body, and what becomes of it.
 *
 * @param harmless JSON of the values that ask for nothing; for refused fields
 */
record ApiField(String name, Use use, Set<String> harmless) {
    /** What becomes of a field. */
    enum Use {
        /** Goes on to admission, which checks it. */
        FORWARDED,
        /** The gateway acts on it. */
        GATEWAY,
        /** Says nothing to us. */
        IGNORED,
        /** Asks for what is not served. */
        REFUSED
    }

    /**
     * @throws ApiException when a refused field asks for something
     */
    void check(JsonNode value) {
        if (use == Use.REFUSED && !harmless.contains(value.toString())) {
            String expected =
                    harmless.isEmpty()
                            ? "absent: not supported yet"
                            : "absent or " + String.join(" or ", harmless) + ": not supported yet";
            throw ApiError.invalid(name, value, expected).asException();
        }
    }
}
