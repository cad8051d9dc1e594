package dev.tropical.openai;

import dev.tropical.openai.ApiField.Use;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Every field that the two endpoints know, OpenAI's and those that vLLM's users send. {@code
 * docs/OPENAI.md} lists the same ones, and a test holds the two together. Whatever is not here is
 * refused by name: a misspelt field would answer another question than the client's.
 */
final class ApiFields {
    static final String BEST_OF = "best_of";
    static final String ECHO = "echo";
    static final String LOGPROBS = "logprobs";
    static final String MODEL = "model";
    static final String N = "n";
    static final String PARALLEL_TOOL_CALLS = "parallel_tool_calls";
    static final String PROMPT = "prompt";
    static final String PROMPT_LOGPROBS = "prompt_logprobs";
    static final String REQUEST_ID = "request_id";
    static final String SLO = "slo";
    static final String STREAM = "stream";
    static final String STREAM_OPTIONS = "stream_options";
    static final String TOOLS = "tools";
    static final String TOOL_CHOICE = "tool_choice";

    private static final ApiFields COMPLETIONS = completions();
    private static final ApiFields CHAT = chat();

    private final Map<String, ApiField> byName = new LinkedHashMap<>();

    private ApiFields() {}

    static ApiFields of(Endpoint endpoint) {
        return switch (endpoint) {
            case COMPLETIONS -> COMPLETIONS;
            case CHAT -> CHAT;
        };
    }

    Collection<ApiField> all() {
        return byName.values();
    }

    /**
     * @throws ApiException when there is no such field
     */
    ApiField named(String name) {
        ApiField field = byName.get(name);
        if (field == null) {
            throw ApiError.invalid(Json.shortened(name), "unknown field", "a field of the API")
                    .asException();
        }
        return field;
    }

    private static ApiFields completions() {
        ApiFields fields = shared();
        fields.add(Use.FORWARDED, PROMPT, ECHO);
        fields.add(Use.GATEWAY, BEST_OF);
        fields.refuse("prompt_embeds").refuse("suffix", "\"\"");
        return fields;
    }

    private static ApiFields chat() {
        ApiFields fields = shared();
        fields.add(Use.FORWARDED, "messages", "top_logprobs", "max_completion_tokens");
        fields.add(Use.FORWARDED, TOOLS, TOOL_CHOICE, "chat_template", "chat_template_kwargs");
        fields.add(Use.GATEWAY, PARALLEL_TOOL_CALLS);
        fields.add(Use.FORWARDED, "add_generation_prompt", "continue_final_message");
        fields.refuse(ECHO, "false")
                .refuse("audio")
                .refuse("documents")
                .refuse("function_call", "\"none\"")
                .refuse("functions", "[]")
                .refuse("include_reasoning", "true")
                .refuse("media_io_kwargs")
                .refuse("metadata", "{}")
                .refuse("mm_processor_kwargs")
                .refuse("modalities", "[\"text\"]")
                .refuse("prediction")
                .refuse("prompt_cache_key")
                .refuse("prompt_cache_retention")
                .refuse("reasoning_effort", "\"none\"")
                .refuse("safety_identifier")
                .refuse("service_tier", "\"auto\"", "\"default\"")
                .refuse("store", "false")
                .refuse("verbosity", "\"medium\"")
                .refuse("web_search_options");
        return fields;
    }

    private static ApiFields shared() {
        ApiFields fields = new ApiFields();
        fields.add(Use.FORWARDED, MODEL, "max_tokens", "temperature", "top_p", N, "stop", "seed");
        fields.add(Use.FORWARDED, "presence_penalty", "frequency_penalty", "logit_bias", LOGPROBS);
        fields.add(Use.FORWARDED, "top_k", "min_p", "repetition_penalty", "stop_token_ids");
        fields.add(Use.FORWARDED, "include_stop_str_in_output", "ignore_eos", "min_tokens");
        fields.add(Use.FORWARDED, "skip_special_tokens", "allowed_token_ids", "priority", SLO);
        fields.add(Use.FORWARDED, "truncate_prompt_tokens", "add_special_tokens", PROMPT_LOGPROBS);
        fields.add(Use.GATEWAY, STREAM, STREAM_OPTIONS, REQUEST_ID);
        fields.add(Use.IGNORED, "user");
        return fields.refuse("bad_words", "[]")
                .refuse("cache_salt")
                .refuse("guided_choice")
                .refuse("guided_grammar")
                .refuse("guided_json")
                .refuse("guided_regex")
                .refuse("kv_transfer_params")
                .refuse("length_penalty", "1", "1.0")
                .refuse("logits_processors")
                .refuse("response_format", "{\"type\":\"text\"}")
                .refuse("return_token_ids", "false")
                .refuse("return_tokens_as_token_ids", "false")
                .refuse("spaces_between_special_tokens", "true")
                .refuse("structured_outputs")
                .refuse("use_beam_search", "false")
                .refuse("vllm_xargs");
    }

    private void add(Use use, String... names) {
        for (String name : names) {
            byName.put(name, new ApiField(name, use, Set.of()));
        }
    }

    private ApiFields refuse(String name, String... harmless) {
        byName.put(name, new ApiField(name, Use.REFUSED, Set.of(harmless)));
        return this;
    }
}
