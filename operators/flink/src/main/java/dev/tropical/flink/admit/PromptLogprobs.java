package dev.tropical.flink.admit;

import dev.tropical.protocol.wire.SamplingParams;

/**
 * {@code prompt_logprobs}, and what {@code echo} beside {@code logprobs} asks for: log
 * probabilities of the prompt's own tokens. They come in one record, which bounds them.
 */
final class PromptLogprobs {
    /** Some 90 bytes each: 6 MiB of the 16 that a record may have. */
    private static final int MAX_ENTRIES = 65_536;

    private PromptLogprobs() {}

    /** Sets how many alternatives the engine is to report. */
    static void read(Fields fields, boolean echoes, SamplingParams.Builder sampling)
            throws RequestFault {
        int ofPrompt = fields.integer("prompt_logprobs", -1, 0, SamplingReader.MAX_LOGPROBS);
        int ofEcho = echoes ? sampling.getLogprobs() : -1;
        if (ofPrompt >= 0 && ofEcho >= 0 && ofPrompt != ofEcho) {
            throw fields.fault(
                    "prompt_logprobs", ofPrompt, "absent, or as logprobs beside echo, " + ofEcho);
        }
        int wanted = Math.max(ofPrompt, ofEcho);
        if (wanted >= 0) {
            sampling.setPromptLogprobs(wanted);
        }
    }

    static void requireRoom(Fields fields, SamplingParams.Builder sampling, int promptTokens)
            throws RequestFault {
        int each = 1 + sampling.getPromptLogprobs();
        if (sampling.hasPromptLogprobs() && (long) promptTokens * each > MAX_ENTRIES) {
            throw fields.fault(
                    "prompt_logprobs",
                    promptTokens + " tokens with " + each + " log probabilities each",
                    "at most " + MAX_ENTRIES + " in all");
        }
    }
}
