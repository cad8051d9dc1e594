package dev.tropical.openai;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpResponseWriter;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.ResponseHeaders;
import dev.tropical.kafka.CompletionEvent;
import dev.tropical.kafka.CompletionListener;
import dev.tropical.kafka.ConflictException;
import dev.tropical.kafka.NotFoundException;
import dev.tropical.kafka.NotProducedException;
import dev.tropical.kafka.RecordPosition;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A call's way from Kafka to its client. The client library's dispatcher puts the events of the
 * call's requests into a bounded queue; the connection's event loop turns them into parts of the
 * answer, the next one when the socket has taken the last. So a slow client costs its own queue and
 * no more: when it is full, the requests are cancelled. So are those of a client that goes away.
 */
final class Exchange {
    /**
     * @param part the index of the event's request among the call's
     */
    private record Told(int part, CompletionEvent event, RecordPosition position) {}

    private final String id;
    private final Answer answer; // the loop's
    private final HttpResponseWriter response;
    private final Executor loop;
    private final int capacity;
    private final BlockingQueue<Told> queue;
    private final OpenParts openParts;
    private final IntConsumer cancel;
    private final AtomicBoolean isDrainDue = new AtomicBoolean();
    private volatile @Nullable ApiError failure; // follows what is queued
    private boolean isWriting; // the loop's
    private boolean isClosed; // the loop's

    /**
     * @param id goes into the header {@code x-request-id}
     * @param loop runs one task at a time, in order
     * @param parts how many requests there are
     * @param capacity most events that wait
     * @param cancel cancels a request; called at most once for each, from any thread, must not
     *     block
     */
    Exchange(
            String id,
            Answer answer,
            HttpResponseWriter response,
            Executor loop,
            int parts,
            int capacity,
            IntConsumer cancel) {
        this.id = id;
        this.answer = answer;
        this.response = response;
        this.loop = loop;
        this.capacity = capacity;
        this.queue = new ArrayBlockingQueue<>(capacity);
        this.openParts = new OpenParts(parts);
        this.cancel = cancel;
    }

    /**
     * Starts to watch for the client to go away. To be called when the requests are on their way.
     */
    void watchClient() {
        var unused =
                response.whenComplete()
                        .whenComplete(
                                (nothing, gone) -> {
                                    if (gone != null) {
                                        cancelWhatIsOpen();
                                    }
                                });
    }

    /** Takes the events of one of the requests. */
    CompletionListener listener(int part) {
        return new CompletionListener() {
            @Override
            public void onEvent(CompletionEvent event, RecordPosition position) {
                take(new Told(part, event, position));
            }

            @Override
            public void onEvent(CompletionEvent event) {
                throw new IllegalStateException("told without its position");
            }

            @Override
            public void onFailure(RuntimeException cause) {
                if (hasNoShare(cause)) {
                    openParts.end(part);
                }
                fail(ApiError.of(cause));
            }
        };
    }

    /** Ends the answer with an error: the requests from this one on were not begun. */
    void refuse(int part, ApiError error) {
        openParts.endFrom(part);
        fail(error);
    }

    /** The job has not counted the call among those who wait for the request. */
    private static boolean hasNoShare(RuntimeException cause) {
        return cause instanceof ConflictException
                || cause instanceof NotFoundException
                || cause instanceof NotProducedException;
    }

    private void take(Told told) {
        if (told.event() instanceof CompletionEvent.Ending) {
            openParts.end(told.part());
        }
        if (failure == null && !queue.offer(told)) {
            failure = slowReader();
            cancelWhatIsOpen();
        }
        scheduleDrain();
    }

    private void fail(ApiError error) {
        if (failure == null) {
            failure = error;
        }
        cancelWhatIsOpen();
        scheduleDrain();
    }

    private void cancelWhatIsOpen() {
        for (int part : openParts.takeAll()) {
            cancel.accept(part);
        }
    }

    private void scheduleDrain() {
        if (isDrainDue.compareAndSet(false, true)) {
            try {
                loop.execute(this::drain);
            } catch (RejectedExecutionException e) {
                queue.clear(); // the server has stopped, and the connection is gone with it
            }
        }
    }

    private void drain() {
        isDrainDue.set(false);
        if (isClosed || isWriting) {
            return; // the end of the write comes back here
        }
        if (!response.isOpen()) {
            queue.clear(); // the client has gone; what still comes is for nobody
            return;
        }
        ApiError failed = failure; // before the queue: what came before it has then been queued
        Told told;
        while (!answer.isDone() && (told = queue.poll()) != null) {
            answer.accept(told.part(), told.event(), told.position());
        }
        if (failed != null && !answer.isDone()) {
            answer.fail(failed);
        }
        write(answer.take());
    }

    private void write(Answer.Part part) {
        boolean isOpen = part.head() == null || response.tryWrite(headers(part.head()));
        if (isOpen && !part.body().isEmpty()) {
            isOpen = response.tryWrite(HttpData.ofUtf8(part.body()));
        }
        if (!isOpen) {
            return; // the client has just gone
        }
        if (part.isLast()) {
            isClosed = true;
            cancelWhatIsOpen(); // one prompt's error ends the answer for all
            response.close();
        } else if (!part.isEmpty()) {
            isWriting = true;
            var unused = response.whenConsumed().thenRunAsync(this::onWritten, loop);
        }
    }

    private ResponseHeaders headers(Answer.Head head) {
        return ResponseHeaders.builder(HttpStatus.valueOf(head.status()))
                .set(HttpHeaderNames.CONTENT_TYPE, head.contentType())
                .set(HttpHeaderNames.CACHE_CONTROL, "no-cache")
                .set(CallHeaders.REQUEST_ID, id)
                .build();
    }

    private void onWritten() {
        isWriting = false;
        drain();
    }

    private ApiError slowReader() {
        String message =
                "the client left "
                        + capacity
                        + " events unread; the request is cancelled (expected: a faster reader)";
        return new ApiError(503, "slow_reader", message, null);
    }
}
