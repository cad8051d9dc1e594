package dev.tropical.openai;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpResponseWriter;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.ResponseHeaders;
import dev.tropical.kafka.CompletionEvent;
import dev.tropical.kafka.CompletionListener;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * One request's way from Kafka to its client. The client library's dispatcher puts events into a
 * bounded queue; the connection's event loop turns them into parts of the answer, the next one when
 * the socket has taken the last. So a slow client costs its own queue and no more: when it is full,
 * the request is cancelled. A client that goes away has its request cancelled too.
 */
final class Exchange implements CompletionListener {
    private final String id;
    private final Answer answer; // the loop's
    private final HttpResponseWriter response;
    private final Executor loop;
    private final int capacity;
    private final BlockingQueue<CompletionEvent> queue;
    private final Runnable cancel;
    private final AtomicBoolean isSettled = new AtomicBoolean(); // ended, or cancelled
    private final AtomicBoolean isDrainDue = new AtomicBoolean();
    private volatile @Nullable ApiError failure; // follows what is queued
    private boolean isWriting; // the loop's
    private boolean isClosed; // the loop's

    /**
     * @param id goes into the header {@code x-request-id}
     * @param loop runs one task at a time, in order
     * @param capacity most events that wait
     * @param cancel cancels the request; called at most once, from any thread, must not block
     */
    Exchange(
            String id,
            Answer answer,
            HttpResponseWriter response,
            Executor loop,
            int capacity,
            Runnable cancel) {
        this.id = id;
        this.answer = answer;
        this.response = response;
        this.loop = loop;
        this.capacity = capacity;
        this.queue = new ArrayBlockingQueue<>(capacity);
        this.cancel = cancel;
    }

    /** Starts to watch for the client to go away. To be called when the request is on its way. */
    void watchClient() {
        var unused =
                response.whenComplete()
                        .whenComplete(
                                (nothing, gone) -> {
                                    if (gone != null) {
                                        cancelUnlessSettled();
                                    }
                                });
    }

    @Override
    public void onEvent(CompletionEvent event) {
        if (event instanceof CompletionEvent.Ending) {
            isSettled.set(true);
        }
        if (failure == null && !queue.offer(event)) {
            failure = slowReader();
            cancelUnlessSettled();
        }
        scheduleDrain();
    }

    @Override
    public void onFailure(RuntimeException cause) {
        if (failure == null) {
            failure = ApiError.of(cause);
        }
        cancelUnlessSettled();
        scheduleDrain();
    }

    private void cancelUnlessSettled() {
        if (isSettled.compareAndSet(false, true)) {
            cancel.run();
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
        CompletionEvent event;
        while (!answer.isDone() && (event = queue.poll()) != null) {
            answer.accept(event);
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
            isSettled.set(true); // also a call that was refused: its id is another request's
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
                .set(CompletionService.REQUEST_ID, id)
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
