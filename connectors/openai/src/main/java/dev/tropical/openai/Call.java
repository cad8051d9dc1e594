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
     * @param logprobs which the client asked for
     * @param maxToolCalls as many calls of tools are looked for in a choice's text
     */
    record Choices(int wanted, int generated, Logprobs logprobs, int maxToolCalls) {}

    /**
     * Which log probabilities a client asked for.
     *
     * @param ofTokens of the generated tokens
     * @param ofEcho with them of the echoed prompt's
     * @param ofPrompt of the prompt's tokens, apart
     */
    record Logprobs(boolean ofTokens, boolean ofEcho, boolean ofPrompt) {
        static final Logprobs NONE = new Logprobs(false, false, false);
        static final Logprobs OF_TOKENS = new Logprobs(true, false, false);
    }
}
