package dev.tropical.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tropical.kafka.CompletionEvent;
import dev.tropical.kafka.CompletionEvent.Chunk;
import dev.tropical.kafka.CompletionEvent.Ending;
import dev.tropical.kafka.CompletionEvent.Finish;
import dev.tropical.kafka.RecordPosition;
import dev.tropical.protocol.CompletionRecord.TokenLogprob;
import dev.tropical.protocol.CompletionRecord.Usage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What both forms of an answer share: which event means what, and what is ready to be written. */
abstract class AnswerBase implements Answer {
    final Call call;
    private final StringBuilder ready = new StringBuilder();
    private @Nullable Head head;
    private boolean hasHead;
    private boolean isDone;
    private int openParts;
    private Usage total = new Usage(0, 0, 0);

    AnswerBase(Call call) {
        this.call = call;
        this.openParts = call.prompts();
    }

    /** More of a choice. */
    abstract void onChunk(Chunk chunk);

    /** A choice is complete. */
    abstract void onFinish(Finish finish);

    /**
     * Every choice is complete; what is written now is the last.
     *
     * @param usage over all prompts
     */
    abstract void onUsage(Usage usage);

    @Override
    public void accept(int part, CompletionEvent event, RecordPosition position) {
        int firstChoice = part * call.choices().generated();
        if (event instanceof Chunk chunk) {
            onChunk(numbered(chunk, firstChoice + chunk.choice()));
        } else if (event instanceof Finish finish) {
            onFinish(numbered(finish, firstChoice + finish.choice()));
        } else if (event instanceof Ending ending) {
            onEnding(ending);
        }
    }

    @Override
    public final boolean isDone() {
        return isDone;
    }

    @Override
    public final Part take() {
        Part part = new Part(head, ready.toString(), isDone);
        head = null;
        ready.setLength(0);
        return part;
    }

    /** Whether the client has been told a status already. */
    final boolean hasHead() {
        return hasHead;
    }

    final void begin(int status, String contentType) {
        head = new Head(status, contentType);
        hasHead = true;
    }

    final StringBuilder ready() {
        return ready;
    }

    final void done() {
        isDone = true;
    }

    /** The whole error as the answer's body. */
    final void answerWith(ApiError error) {
        begin(error.status(), Head.JSON);
        ready.append(error.toJson());
        done();
    }

    /** What every object of the answer starts with. */
    final ObjectNode envelope(String object, ArrayNode choices) {
        ObjectNode node = Json.object();
        node.put("id", call.id())
                .put("object", object)
                .put("created", call.createdSeconds())
                .put("model", call.model())
                .set("choices", choices);
        return node;
    }

    static ObjectNode usage(Usage usage) {
        ObjectNode node = Json.object();
        node.put("prompt_tokens", usage.promptTokens())
                .put("completion_tokens", usage.completionTokens())
                .put("total_tokens", usage.promptTokens() + usage.completionTokens())
                .putObject("prompt_tokens_details")
                .put("cached_tokens", usage.cachedTokens());
        return node;
    }

    private void onEnding(Ending ending) {
        if (ending.error() != null) {
            fail(ApiError.of(ending.error()));
        } else if (ending.usage() != null) {
            total = sum(total, ending.usage());
            openParts--;
            if (openParts == 0) {
                onUsage(total);
                done();
            }
        }
    }

    private static Usage sum(Usage one, Usage other) {
        return new Usage(
                one.promptTokens() + other.promptTokens(),
                one.completionTokens() + other.completionTokens(),
                one.cachedTokens() + other.cachedTokens());
    }

    private static Chunk numbered(Chunk chunk, int choice) {
        return new Chunk(
                choice,
                chunk.tokenOffset(),
                chunk.tokenIds(),
                chunk.text(),
                chunk.logprobs(),
                chunk.prompt());
    }

    /** The echoed prompt's tokens that are told with a chunk's own. */
    final List<TokenLogprob> echo(Chunk chunk) {
        return call.choices().logprobs().ofEcho() ? chunk.prompt() : List.of();
    }

    static Finish numbered(Finish finish, int choice) {
        return new Finish(choice, finish.reason(), finish.stopReason());
    }
}
