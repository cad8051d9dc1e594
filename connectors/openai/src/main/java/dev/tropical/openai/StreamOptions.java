package dev.tropical.openai;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@code stream_options}: of its fields, {@code include_usage} is served. */
final class StreamOptions {
    private static final String INCLUDE_USAGE = "include_usage";

    /** Of OpenAI and of vLLM; what they ask for when true is not served. */
    private static final Set<String> REFUSED =
            Set.of("include_obfuscation", "continuous_usage_stats");

    private StreamOptions() {}

    /**
     * @param options null when there are none
     * @throws ApiException naming the option
     */
    static boolean includesUsage(@Nullable JsonNode options, boolean isStream) {
        if (options == null) {
            return false;
        }
        if (!options.isObject()) {
            throw ApiError.invalid(ApiFields.STREAM_OPTIONS, options, "an object").asException();
        }
        if (!isStream) {
            throw ApiError.invalid(ApiFields.STREAM_OPTIONS, "given", "only with \"stream\": true")
                    .asException();
        }
        for (Map.Entry<String, JsonNode> option : options.properties()) {
            String name = ApiFields.STREAM_OPTIONS + "." + Json.shortened(option.getKey());
            boolean isAsked = CallReader.flag(name, option.getValue());
            boolean isHarmless = REFUSED.contains(option.getKey()) && !isAsked;
            if (!option.getKey().equals(INCLUDE_USAGE) && !isHarmless) {
                throw ApiError.invalid(
                                name, option.getValue(), "absent: " + INCLUDE_USAGE + " is served")
                        .asException();
            }
        }
        return CallReader.flag(
                ApiFields.STREAM_OPTIONS + "." + INCLUDE_USAGE, options.get(INCLUDE_USAGE));
    }
}
