package dev.tropical.engine.io;

import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** A queue between two threads, bounded in messages and in the bytes of their raw frames. */
final class Mailbox<T> {
    private final ArrayBlockingQueue<T> queue;
    private final AtomicLong bytes = new AtomicLong();
    private final long maxBytes;
    private final ToLongFunction<T> bytesOf;

    Mailbox(int maxMessages, long maxBytes, ToLongFunction<T> bytesOf) {
        this.queue = new ArrayBlockingQueue<>(maxMessages);
        this.maxBytes = maxBytes;
        this.bytesOf = bytesOf;
    }

    /** False when full: nothing was added. */
    boolean offer(T message) {
        if (isFull()) {
            return false;
        }
        long size = bytesOf.applyAsLong(message);
        bytes.addAndGet(size);
        boolean isAdded = queue.offer(message);
        if (!isAdded) {
            bytes.addAndGet(-size);
        }
        return isAdded;
    }

    boolean isFull() {
        return bytes.get() >= maxBytes || queue.remainingCapacity() == 0;
    }

    Optional<T> poll(long timeoutNs) throws InterruptedException {
        return taken(timeoutNs <= 0 ? queue.poll() : queue.poll(timeoutNs, TimeUnit.NANOSECONDS));
    }

    Optional<T> poll() {
        return taken(queue.poll());
    }

    private Optional<T> taken(@Nullable T message) {
        if (message == null) {
            return Optional.empty();
        }
        bytes.addAndGet(-bytesOf.applyAsLong(message));
        return Optional.of(message);
    }
}
