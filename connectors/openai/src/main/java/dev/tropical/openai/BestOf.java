package dev.tropical.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tropical.openai.Call.Choices;
import dev.tropical.openai.Call.Logprobs;
import dev.tropical.protocol.CompletionRecord.TokenLogprob;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code best_of}: more choices are generated than are answered, those with the highest mean log
 * probability a token. To the job it is a request for so many choices with their logprobs.
 */
final class BestOf {
    private static final int MAX_CHOICES = 128; // admission's

    private BestOf() {}

    /**
     * Reads {@code n} and {@code best_of}, and makes the forwarded body ask for what they need.
     *
     * @throws ApiException when {@code best_of} is less than {@code n}, or cannot be had
     */
    static Choices read(
            @Nullable JsonNode bestOf, boolean isStream, int maxToolCalls, ObjectNode forwarded) {
        JsonNode n = forwarded.path(ApiFields.N);
        // Admission refuses any other.
        int wanted = n.canConvertToInt() ? Math.min(Math.max(n.intValue(), 1), MAX_CHOICES) : 1;
        Logprobs logprobs = PromptLogprobs.asked(forwarded, isStream);
        if (bestOf == null) {
            return new Choices(wanted, wanted, logprobs, maxToolCalls);
        }
        boolean isInRange =
                bestOf.isIntegralNumber()
                        && bestOf.canConvertToInt()
                        && bestOf.intValue() >= wanted
                        && bestOf.intValue() <= MAX_CHOICES;
        if (!isInRange) {
            throw refused(bestOf, "an integer from n, " + wanted + ", to " + MAX_CHOICES);
        }
        int generated = bestOf.intValue();
        if (generated > wanted) {
            if (isStream) {
                throw refused(bestOf, "n, which is " + wanted + ", in a stream");
            }
            if (forwarded.path(ApiFields.ECHO).asBoolean()) {
                throw refused(bestOf, "n, which is " + wanted + ", beside echo");
            }
            forwarded.put(ApiFields.N, generated);
            if (!logprobs.ofTokens()) {
                forwarded.put(ApiFields.LOGPROBS, 0);
            }
        }
        return new Choices(wanted, generated, logprobs, maxToolCalls);
    }

    /** What choices are ranked by: the mean over the tokens; the least for a choice without any. */
    static double score(List<TokenLogprob> logprobs) {
        return logprobs.stream()
                .mapToDouble(TokenLogprob::logprob)
                .average()
                .orElse(Double.NEGATIVE_INFINITY);
    }

    private static ApiException refused(JsonNode bestOf, String expected) {
        return ApiError.invalid(ApiFields.BEST_OF, bestOf, expected).asException();
    }
}
