package dev.tropical.openai;

import dev.tropical.kafka.CompletionEvent;
import dev.tropical.kafka.RecordPosition;
import org.jspecify.annotations.Nullable;

/**
 * Turns the events of a call's requests into the text of its HTTP answer. One thread at a time; no
 * I/O. The head waits for the first event, so that a request refused at once has its error's
 * status.
 */
interface Answer {
    /**
     * The next event; not after {@link #isDone}.
     *
     * @param part the index of its request among the call's
     * @param position where it was said
     */
    void accept(int part, CompletionEvent event, RecordPosition position);

    /** Ends the answer with an error; not after {@link #isDone}. */
    void fail(ApiError error);

    /** Whether the answer is complete, though perhaps not yet taken. */
    boolean isDone();

    /** What there is to write since the last call. */
    Part take();

    /** An answer in the form that the call asks for. */
    static Answer to(Call call) {
        return call.isStream() ? new StreamAnswer(call, null) : new WholeAnswer(call);
    }

    /** A stream that goes on behind what its client has seen. */
    static Answer goingOn(Call call, EventId seen) {
        return new StreamAnswer(call, seen);
    }

    /**
     * A piece of an answer.
     *
     * @param head with the first piece only
     * @param isLast whether nothing follows
     */
    record Part(@Nullable Head head, String body, boolean isLast) {
        boolean isEmpty() {
            return head == null && body.isEmpty() && !isLast;
        }
    }

    /** Status line and type. */
    record Head(int status, String contentType) {
        static final String JSON = "application/json; charset=utf-8";
        static final String EVENT_STREAM = "text/event-stream; charset=utf-8";
    }
}
