package dev.tropical.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tropical.kafka.CompletionEvent;
import dev.tropical.kafka.CompletionEvent.Chunk;
import dev.tropical.kafka.CompletionEvent.Finish;
import dev.tropical.kafka.RecordPosition;
import dev.tropical.openai.ToolCallReader.Piece;
import dev.tropical.protocol.CompletionRecord.TokenLogprob;
import dev.tropical.protocol.CompletionRecord.Usage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Server-sent events: a chunk for each event that says something, then the usage if it was asked
 * for, then {@code [DONE]}. An error after the first chunk is an event too; clients raise it.
 */
final class StreamAnswer extends AnswerBase {
    private final Shape shape;
    private final Map<Integer, Open> open = new HashMap<>();
    private final @Nullable EventId seen;
    private final EventId newest;

    /**
     * @param seen how far the client has come before; null for a new stream
     */
    StreamAnswer(Call call, @Nullable EventId seen) {
        super(call);
        this.shape = call.endpoint().shape();
        this.seen = seen;
        this.newest = EventId.none(call.prompts());
    }

    @Override
    public void accept(int part, CompletionEvent event, RecordPosition position) {
        newest.advance(part, position);
        int written = ready().length();
        super.accept(part, event, position);
        boolean isRepeat = seen != null && seen.covers(part, position);
        if (isRepeat && !(event instanceof CompletionEvent.Ending)) {
            ready().setLength(written); // it has had its effect on what follows
        }
    }

    @Override
    void onChunk(Chunk chunk) {
        Open choice = open(chunk.choice());
        List<TokenLogprob> logprobs = new ArrayList<>(echo(chunk));
        int before = choice.offset.advance(chunk, logprobs);
        logprobs.addAll(chunk.logprobs());
        List<Piece> pieces = choice.tools.read(chunk.text());
        String text = pieces.isEmpty() ? "" : pieces.get(0).text();
        if (!text.isEmpty() || !logprobs.isEmpty()) {
            write(shape.delta(chunk.choice(), text, logprobs, before));
        }
        write(chunk.choice(), text.isEmpty() ? pieces : pieces.subList(1, pieces.size()));
    }

    @Override
    void onFinish(Finish finish) {
        ToolCallReader tools = open(finish.choice()).tools;
        write(finish.choice(), tools.end());
        write(shape.finish(tools.finish(finish)));
    }

    private void write(int choice, List<Piece> pieces) {
        for (Piece piece : pieces) {
            write(
                    piece.call() == null
                            ? shape.delta(choice, piece.text(), List.of(), 0)
                            : shape.delta(choice, piece.call().toDelta(call.id(), choice)));
        }
    }

    @Override
    void onUsage(Usage usage) {
        begin();
        if (call.includesUsage()) {
            ObjectNode chunk = envelope(shape.chunkObject(), Json.array());
            chunk.set("usage", usage(usage));
            event(Json.write(chunk));
        }
        event("[DONE]");
    }

    @Override
    public void fail(ApiError error) {
        if (!hasHead()) {
            answerWith(error);
            return;
        }
        event(error.toJson());
        event("[DONE]");
        done();
    }

    private Open open(int choice) {
        begin();
        Open known = open.get(choice);
        if (known != null) {
            return known;
        }
        ObjectNode opening = shape.opening(choice);
        if (opening != null) {
            write(opening);
        }
        Open opened = new Open(new TextOffset(), new ToolCallReader(call.choices().maxToolCalls()));
        open.put(choice, opened);
        return opened;
    }

    private void begin() {
        if (!hasHead()) {
            begin(200, Head.EVENT_STREAM);
        }
    }

    private void write(ObjectNode choice) {
        ArrayNode choices = Json.array().add(choice);
        ObjectNode chunk = envelope(shape.chunkObject(), choices);
        if (call.includesUsage()) {
            chunk.putNull(
                    "usage"); // as OpenAI has it: each chunk has the field, the last its value
        }
        event(Json.write(chunk));
    }

    private void event(String data) {
        ready().append("id: ").append(newest).append("\ndata: ").append(data).append("\n\n");
    }

    /** How far a choice has come. */
    private record Open(TextOffset offset, ToolCallReader tools) {}
}
