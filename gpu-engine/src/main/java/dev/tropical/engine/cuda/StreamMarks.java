package dev.tropical.engine.cuda;

import java.util.ArrayDeque;
import java.util.Deque;

/** How far a stream is: numbers that were given to its work, in their order. */
final class StreamMarks implements AutoCloseable {
    private final Stream stream;
    private final Owned events = new Owned();
    private final Deque<Mark> ahead = new ArrayDeque<>();
    private final Deque<Event> spare = new ArrayDeque<>();
    private long reached;

    private record Mark(long number, Event event) {}

    StreamMarks(Stream stream) {
        this.stream = stream;
    }

    /** All that was enqueued so far has this number, which is never less than the last one. */
    void add(long number) {
        Event event = spare.isEmpty() ? events.add(new Event()) : spare.remove();
        event.record(stream);
        ahead.add(new Mark(number, event));
    }

    /**
     * The last number whose work is done, 0 = none yet.
     *
     * @throws CudaException when work failed
     */
    long reached() {
        while (!ahead.isEmpty() && ahead.element().event.isDone()) {
            Mark mark = ahead.remove();
            reached = mark.number;
            spare.add(mark.event);
        }
        return reached;
    }

    @Override
    public void close() {
        events.close();
    }
}
