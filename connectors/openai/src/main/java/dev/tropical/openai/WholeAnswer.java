package dev.tropical.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tropical.kafka.CompletionEvent.Chunk;
import dev.tropical.kafka.CompletionEvent.Finish;
import dev.tropical.openai.ToolCallReader.Piece;
import dev.tropical.protocol.CompletionRecord.TokenLogprob;
import dev.tropical.protocol.CompletionRecord.Usage;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One JSON object when the request has ended. Holds the answer's text, which max_tokens bounds. */
final class WholeAnswer extends AnswerBase {
    private final Shape shape;
    private final NavigableMap<Integer, Choice> choices = new TreeMap<>();

    WholeAnswer(Call call) {
        super(call);
        this.shape = call.endpoint().shape();
    }

    @Override
    void onChunk(Chunk chunk) {
        choice(chunk.choice()).add(chunk, echo(chunk));
    }

    @Override
    void onFinish(Finish finish) {
        choice(finish.choice()).finish = finish;
    }

    @Override
    void onUsage(Usage usage) {
        ArrayNode all = Json.array();
        for (int prompt = 0; prompt < call.prompts(); prompt++) {
            for (Choice choice : answered(prompt)) {
                if (choice.finish == null) {
                    answerWith(unfinished(choice.index));
                    return;
                }
                all.add(shape.whole(whole(choice, numbered(choice.finish, all.size()))));
            }
        }
        begin(200, Head.JSON);
        ObjectNode whole = envelope(shape.wholeObject(), all);
        whole.set("usage", usage(usage));
        if (call.choices().logprobs().ofPrompt() && !shape.isPromptInChoices()) {
            whole.set("prompt_logprobs", PromptLogprobs.toJson(choice(0).prompt));
        }
        ready().append(Json.write(whole));
    }

    private Shape.Whole whole(Choice choice, Finish finish) {
        ToolCallReader tools = new ToolCallReader(call.choices().maxToolCalls());
        List<Piece> pieces = new ArrayList<>(tools.read(choice.text.toString()));
        pieces.addAll(tools.end());
        StringBuilder text = new StringBuilder();
        List<ObjectNode> calls = new ArrayList<>();
        for (Piece piece : pieces) {
            text.append(piece.text());
            if (piece.call() != null) {
                calls.add(piece.call().toMessage(call.id(), finish.choice()));
            }
        }
        return new Shape.Whole(
                text.toString(),
                calls,
                call.choices().logprobs().ofTokens() ? choice.logprobs : List.of(),
                choice.firstTokenOffset,
                call.choices().logprobs().ofPrompt() ? choice.prompt : List.of(),
                tools.finish(finish));
    }

    /** A prompt's choices that are answered, in the order in which they are listed. */
    private List<Choice> answered(int prompt) {
        int generated = call.choices().generated();
        List<Choice> own =
                new ArrayList<>(
                        choices.subMap(prompt * generated, (prompt + 1) * generated).values());
        if (generated > call.choices().wanted()) {
            own.sort(Comparator.comparingDouble(choice -> -BestOf.score(choice.logprobs)));
        }
        return own.subList(0, Math.min(own.size(), call.choices().wanted()));
    }

    @Override
    public void fail(ApiError error) {
        answerWith(error);
    }

    private Choice choice(int index) {
        return choices.computeIfAbsent(index, Choice::new);
    }

    private static ApiError unfinished(int choice) {
        String message = "choice " + choice + " has no finish_reason (expected: one a choice)";
        return new ApiError(500, "internal_error", message, null);
    }

    /** What has come of a choice. */
    private static final class Choice {
        private final int index;
        private final StringBuilder text = new StringBuilder();
        private final List<TokenLogprob> logprobs = new ArrayList<>();
        private final TextOffset offset = new TextOffset();
        private List<TokenLogprob> prompt = List.of();
        private int firstTokenOffset;
        private @Nullable Finish finish;

        Choice(int index) {
            this.index = index;
        }

        void add(Chunk chunk, List<TokenLogprob> echo) {
            int before = offset.advance(chunk, echo);
            if (logprobs.isEmpty()) {
                firstTokenOffset = before;
            }
            if (!chunk.prompt().isEmpty()) {
                prompt = chunk.prompt();
            }
            logprobs.addAll(echo);
            text.append(chunk.text());
            logprobs.addAll(chunk.logprobs());
        }
    }
}
