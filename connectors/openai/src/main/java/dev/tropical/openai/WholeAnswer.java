package dev.tropical.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tropical.kafka.CompletionEvent.Chunk;
import dev.tropical.kafka.CompletionEvent.Finish;
import dev.tropical.protocol.CompletionRecord.TokenLogprob;
import dev.tropical.protocol.CompletionRecord.Usage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One JSON object when the request has ended. Holds the answer's text, which max_tokens bounds. */
final class WholeAnswer extends AnswerBase {
    private final Shape shape;
    private final Map<Integer, Choice> choices = new TreeMap<>();

    WholeAnswer(Call call) {
        super(call);
        this.shape = call.endpoint().shape();
    }

    @Override
    void onChunk(Chunk chunk) {
        choice(chunk.choice()).add(chunk);
    }

    @Override
    void onFinish(Finish finish) {
        choice(finish.choice()).finish = finish;
    }

    @Override
    void onUsage(Usage usage) {
        ArrayNode all = Json.array();
        for (Map.Entry<Integer, Choice> entry : choices.entrySet()) {
            Choice choice = entry.getValue();
            if (choice.finish == null) {
                answerWith(unfinished(entry.getKey()));
                return;
            }
            all.add(
                    shape.whole(
                            choice.text.toString(),
                            choice.logprobs,
                            choice.firstTokenOffset,
                            choice.finish));
        }
        begin(200, Head.JSON);
        ObjectNode whole = envelope(shape.wholeObject(), all);
        whole.set("usage", usage(usage));
        ready().append(Json.write(whole));
    }

    @Override
    public void fail(ApiError error) {
        answerWith(error);
    }

    private Choice choice(int index) {
        return choices.computeIfAbsent(index, i -> new Choice());
    }

    private static ApiError unfinished(int choice) {
        String message = "choice " + choice + " has no finish_reason (expected: one a choice)";
        return new ApiError(500, "internal_error", message, null);
    }

    /** What has come of a choice. */
    private static final class Choice {
        private final StringBuilder text = new StringBuilder();
        private final List<TokenLogprob> logprobs = new ArrayList<>();
        private final TextOffset offset = new TextOffset();
        private int firstTokenOffset;
        private @Nullable Finish finish;

        void add(Chunk chunk) {
            int before = offset.advance(chunk);
            if (logprobs.isEmpty()) {
                firstTokenOffset = before;
            }
            text.append(chunk.text());
            logprobs.addAll(chunk.logprobs());
        }
    }
}
