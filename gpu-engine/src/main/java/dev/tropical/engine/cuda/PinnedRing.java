package dev.tropical.engine.cuda;

import java.nio.IntBuffer;

/**
 * Pinned memory for what the GPU reads some time after the CPU wrote it. Pieces are taken one after
 * the other and given back in that order, once the step behind which they were enqueued is done.
 */
final class PinnedRing implements AutoCloseable {
    /** A cache line of the GPU's: no two pieces share one. */
    private static final int ALIGNMENT = 128;

    private final PinnedBuffer memory;
    private final IntBuffer ints;
    private final long capacity;
    private final Stream stream;

    /** Bytes taken, and given back, since the start; gaps at the ring's end count. */
    private long taken;

    private long released;

    /**
     * @param bytes a multiple of 128; the largest piece must fit
     * @param stream on which the readers run
     */
    PinnedRing(long bytes, Stream stream) {
        this.memory = new PinnedBuffer(bytes);
        this.ints = memory.view().asIntBuffer();
        this.capacity = bytes;
        this.stream = stream;
    }

    /** A piece of the ring. */
    record Piece(IntBuffer ints, long address) {}

    /**
     * Takes a piece; waits for the stream where the ring is full.
     *
     * @throws IllegalArgumentException when the whole ring is smaller
     */
    Piece take(int count) {
        long bytes = (4L * count + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        if (bytes > capacity) {
            throw new IllegalArgumentException(
                    "piece of " + bytes + " bytes (expected: at most " + capacity + ")");
        }
        long offset = taken % capacity;
        long begin = offset + bytes <= capacity ? taken : taken - offset + capacity;
        if (begin + bytes - released > capacity) {
            stream.synchronize();
            released = taken;
        }
        taken = begin + bytes;
        int at = (int) (begin % capacity);
        return new Piece(ints.slice(at / 4, count), memory.address() + at);
    }

    /** To be given to {@link #release} when all work enqueued so far is done. */
    long mark() {
        return taken;
    }

    void release(long mark) {
        released = Math.max(released, mark);
    }

    @Override
    public void close() {
        memory.close();
    }
}
