package dev.tropical.kafka;

import java.util.NoSuchElementException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Hands the dispatcher's calls to the thread that iterates. */
final class QueuedCompletion implements Completion, CompletionListener {
    /** The dispatcher tells of the deadline itself; this long after it, it must have. */
    private static final long GRACE_NS = TimeUnit.SECONDS.toNanos(5);

    private final String id;
    private final long deadlineNs;
    private final Runnable onClose;
    private final BlockingQueue<Told> queue = new LinkedBlockingQueue<>();
    private boolean isEnded;

    /** Either an event or a failure. */
    private sealed interface Told {
        record Event(CompletionEvent event) implements Told {}

        record Failure(RuntimeException failure) implements Told {}
    }

    QueuedCompletion(String id, long deadlineNs, Runnable onClose) {
        this.id = id;
        this.deadlineNs = deadlineNs;
        this.onClose = onClose;
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public void onEvent(CompletionEvent event) {
        queue.add(new Told.Event(event));
    }

    @Override
    public void onFailure(RuntimeException failure) {
        queue.add(new Told.Failure(failure));
    }

    @Override
    public boolean hasNext() {
        return !isEnded;
    }

    @Override
    public CompletionEvent next() {
        if (isEnded) {
            throw new NoSuchElementException("request " + id + " has ended");
        }
        Told told = take();
        if (told instanceof Told.Event next) {
            isEnded = next.event() instanceof CompletionEvent.Ending;
            return next.event();
        }
        isEnded = true;
        throw ((Told.Failure) told).failure();
    }

    private Told take() {
        try {
            long waitNs = deadlineNs + GRACE_NS - System.nanoTime();
            Told told = queue.poll(waitNs, TimeUnit.NANOSECONDS);
            return told != null
                    ? told
                    : new Told.Failure(
                            new CompletionTimeoutException(
                                    "request " + id + ": its dispatcher does not answer"));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Told.Failure(
                    new IllegalStateException("interrupted while waiting for " + id, e));
        }
    }

    @Override
    public void close() {
        isEnded = true;
        onClose.run();
    }
}
