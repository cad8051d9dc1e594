package dev.tropical.openai;

import dev.tropical.openai.monitor.Objective;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A call as it is served.
 *
 * @param requestId the call's; goes into the header {@code x-request-id}
 * @param parts one request a prompt, in the prompts' order
 * @param seen how far the client of a broken stream had come; null for a new call
 * @param objective as the client gave it
 * @param outlivesClient whether the requests go on when the client goes away
 */
record CallPlan(
        Call call,
        String requestId,
        List<Part> parts,
        @Nullable EventId seen,
        Objective objective,
        boolean outlivesClient) {
    CallPlan {
        parts = List.copyOf(parts);
    }

    /**
     * A record of the requests topic.
     *
     * @param body UTF-8 JSON
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Part(String id, byte[] body) {}
}
