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
     * More text of a choice's stream.
     *
     * @param logprobs none: the request did not ask for them
     * @param textOffset code points before the first of {@code logprobs}' tokens
     */
    ObjectNode delta(int choice, String text, List<TokenLogprob> logprobs, int textOffset);

    /** What a choice's stream ends with. */
    ObjectNode finish(Finish finish);

    /**
     * A choice of a whole answer.
     *
     * @param textOffset code points before the first of {@code logprobs}' tokens: an echoed
     *     prompt's
     */
    ObjectNode whole(String text, List<TokenLogprob> logprobs, int textOffset, Finish finish);
}
