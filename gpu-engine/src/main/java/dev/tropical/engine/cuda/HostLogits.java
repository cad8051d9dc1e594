package dev.tropical.engine.cuda;

import java.nio.FloatBuffer;
import org.bytedeco.javacpp.Pointer;

/**
 * Rows of logits copied from the GPU, for draws that the GPU does not do itself. One step at a time
 * uses it.
 */
final class HostLogits implements AutoCloseable {
    private final int vocabSize;
    private final PinnedBuffer memory;
    private final FloatBuffer values;
    private final float[] row;

    HostLogits(int maxRows, int vocabSize) {
        this.vocabSize = vocabSize;
        memory = new PinnedBuffer(4L * maxRows * vocabSize);
        values = memory.view().asFloatBuffer();
        row = new float[vocabSize];
    }

    /** Enqueues the copy of a row. */
    void copyRow(Stream stream, DeviceBuffer from, int index) {
        long offset = 4L * index * vocabSize;
        Pointer to = new Address(memory.address() + offset);
        stream.copy(to, new Address(from.address() + offset), 4L * vocabSize);
    }

    /** A row whose copy is done; valid until the next call, may be overwritten. */
    float[] row(int index) {
        values.get(index * vocabSize, row);
        return row;
    }

    @Override
    public void close() {
        memory.close();
    }
}
