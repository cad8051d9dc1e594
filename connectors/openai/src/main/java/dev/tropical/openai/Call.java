package dev.tropical.openai;

/**
 * What of a request decides how its answer looks.
 *
 * @param id the request's id, on the topics and in the answer
 * @param model name as the client gave it, or the served model's
 * @param createdSeconds arrival, seconds since the epoch
 * @param isStream whether the answer is a stream of server-sent events
 * @param includesUsage whether a stream's last chunk carries the usage
 */
record Call(
        Endpoint endpoint,
        String id,
        String model,
        long createdSeconds,
        boolean isStream,
        boolean includesUsage) {}
