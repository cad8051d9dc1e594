package dev.tropical.engine.bulk;

import java.nio.ByteBuffer;

/** Takes the frames of one transfer. */
@FunctionalInterface
public interface FrameSink {
    /**
     * A frame has come, of whatever place its sender says.
     *
     * @param bytes 1 to 256 KiB, valid during the call alone
     */
    void frame(int block, int offset, ByteBuffer bytes);
}
