package dev.tropical.engine.cuda;

import java.nio.ByteBuffer;

/**
 * The KV blocks on the GPU, and copies of their bytes to and from the host. The copies run on a
 * stream of their own beside the steps, whose blocks they do not touch.
 */
final class KvPool implements AutoCloseable {
    /** Frames between engines are 256 KiB. */
    private static final int STAGING_BYTES = 1 << 20;

    private final Owned owned = new Owned();
    private final DeviceBuffer blocks;
    private final PinnedBuffer staging;
    private final Stream stream;
    private final int numBlocks;
    private final int blockBytes;

    KvPool(int numBlocks, int blockBytes) {
        this.numBlocks = numBlocks;
        this.blockBytes = blockBytes;
        blocks = owned.device((long) numBlocks * blockBytes);
        staging = owned.add(new PinnedBuffer(STAGING_BYTES));
        stream = owned.add(new Stream());
    }

    DeviceBuffer blocks() {
        return blocks;
    }

    int numBlocks() {
        return numBlocks;
    }

    int blockBytes() {
        return blockBytes;
    }

    /** Fills what remains of {@code out}; returns when done. */
    void read(int block, int offset, ByteBuffer out) {
        Address from = address(block, offset, out.remaining());
        while (out.hasRemaining()) {
            int length = Math.min(STAGING_BYTES, out.remaining());
            stream.copy(staging.pointer(), from, length);
            stream.synchronize();
            out.put(staging.view().duplicate().limit(length));
            from.at(from.address() + length);
        }
    }

    /** Takes what remains of {@code in}; returns when it is in the pool. */
    void write(int block, int offset, ByteBuffer in) {
        Address to = address(block, offset, in.remaining());
        while (in.hasRemaining()) {
            int length = Math.min(STAGING_BYTES, in.remaining());
            ByteBuffer part = in.duplicate();
            staging.view().duplicate().put(part.limit(part.position() + length));
            in.position(in.position() + length);
            stream.copy(to, staging.pointer(), length);
            stream.synchronize();
            to.at(to.address() + length);
        }
    }

    private Address address(int block, int offset, int bytes) {
        boolean isInside = offset >= 0 && bytes <= blockBytes - offset;
        if (block < 0 || block >= numBlocks || !isInside) {
            throw new IllegalArgumentException(
                    "block "
                            + block
                            + ", offset "
                            + offset
                            + ", "
                            + bytes
                            + " bytes (expected: a block in [0, "
                            + numBlocks
                            + "), a range in its "
                            + blockBytes
                            + " bytes)");
        }
        return new Address(blocks.address() + (long) block * blockBytes + offset);
    }

    @Override
    public void close() {
        owned.close();
    }
}
