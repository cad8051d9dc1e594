package dev.tropical.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tropical.kafka.CompletionEvent.Finish;
import dev.tropical.protocol.CompletionRecord.TokenLogprob;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How an endpoint words its answers: the entries of {@code choices}. Stateless. */
interface Shape {
    /** {@code object} of a stream's chunks. */
    String chunkObject();

    /** {@code object} of a whole answer. */
    String wholeObject();

    /** What a choice's stream starts with, or null. */
    @Nullable ObjectNode opening(int choice);

    /**
     * More of a choice's stream.
     *
     * @param logprobs none: the request did not ask for them
     * @param textOffset code points before the first of {@code logprobs}' tokens
     */
    ObjectNode delta(int choice, String text, List<TokenLogprob> logprobs, int textOffset);

    /** A call of a tool in a choice's stream. */
    ObjectNode delta(int choice, ObjectNode toolCall);

    /** What a choice's stream ends with. */
    ObjectNode finish(Finish finish);

    /** A choice of a whole answer. */
    ObjectNode whole(Whole choice);

    /** Whether the prompt's log probabilities stand in each choice, or once in the answer. */
    boolean isPromptInChoices();

    /**
     * All of a choice.
     *
     * @param toolCalls as messages have them
     * @param textOffset code points before the first of {@code logprobs}' tokens: an echoed
     *     prompt's
     * @param prompt log probabilities of the prompt's tokens; none: the request did not ask
     */
    record Whole(
            String text,
            List<ObjectNode> toolCalls,
            List<TokenLogprob> logprobs,
            int textOffset,
            List<TokenLogprob> prompt,
            Finish finish) {}
}
