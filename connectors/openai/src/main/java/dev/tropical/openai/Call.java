package dev.tropical.openai;

/**
 * What of a call decides how its answer looks.
 *
 * @param id the answer's id: the request's, with the endpoint's prefix
 * @param model name as the client gave it, or the served model's
 * @param createdSeconds arrival, seconds since the epoch
 * @param isStream whether the answer is a stream of server-sent events
 * @param includesUsage whether a stream's last chunk carries the usage
 * @param prompts how many there are; each is a request of its own
 * @param choices each prompt's
 */
record Call(
        Endpoint endpoint,
        String id,
        String model,
        long createdSeconds,
        boolean isStream,
        boolean includesUsage,
        int prompts,
        Choices choices) {

    /**
     * A prompt's choices.
     *
     * @param wanted as many are answered
     * @param generated as many are made, and the likeliest answered
     * @param hasLogprobs whether the client asked for them
     */
    record Choices(int wanted, int generated, boolean hasLogprobs) {}
}
