package dev.tropical.openai;

import java.util.List;

/**
 * A call as it is served.
 *
 * @param requestId the call's; goes into the header {@code x-request-id}
 * @param parts one request a prompt, in the prompts' order
 */
record CallPlan(Call call, String requestId, List<Part> parts) {
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
