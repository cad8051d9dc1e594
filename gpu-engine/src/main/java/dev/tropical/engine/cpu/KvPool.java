package dev.tropical.engine.cpu;

import dev.tropical.engine.model.ModelConfig;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The paged KV cache: float32 blocks {@code [numBlocks]} of {@code
 * [layer][2][kvHead][slot][headDim]}, keys before values, each block an array of its own, which it
 * gets when it is first used: touching them all would double what a small engine's start costs. The
 * device thread's workers write; {@link #read} and {@link #write} come from the loop thread, for
 * blocks that no step in flight touches.
 */
final class KvPool {
    private final float[][] blocks;
    private final int blockFloats;
    private final int blockSize;
    private final int headStride;
    private final int kvStride;

    KvPool(ModelConfig config, int numBlocks, int blockSize) {
        this.blockSize = blockSize;
        this.headStride = blockSize * config.headDim();
        this.kvStride = config.numKvHeads() * headStride;
        this.blockFloats = (int) (blockBytes(config, blockSize) / Float.BYTES);
        this.blocks = new float[numBlocks][];
    }

    /** Bytes of a block over all layers. */
    static long blockBytes(ModelConfig config, int blockSize) {
        return 2L
                * Float.BYTES
                * config.numLayers()
                * config.numKvHeads()
                * blockSize
                * config.headDim();
    }

    int blockSize() {
        return blockSize;
    }

    int numBlocks() {
        return blocks.length;
    }

    /** A block that has been opened. */
    float[] block(int block) {
        return blocks[block];
    }

    /**
     * Gives a block its memory if it has none yet. By the thread that owns the block at present.
     */
    float[] open(int block) {
        if (blocks[block] == null) {
            blocks[block] = new float[blockFloats];
        }
        return blocks[block];
    }

    /** Where a head's keys {@code [slot][headDim]} begin within a block. */
    int keys(int layer, int kvHead) {
        return 2 * layer * kvStride + kvHead * headStride;
    }

    /** Where a head's values {@code [slot][headDim]} begin within a block. */
    int values(int layer, int kvHead) {
        return keys(layer, kvHead) + kvStride;
    }

    void read(int block, int offset, ByteBuffer out) {
        int count = checkRange(block, offset, out.remaining());
        out.order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer()
                .put(open(block), offset / Float.BYTES, count);
        out.position(out.limit());
    }

    void write(int block, int offset, ByteBuffer in) {
        int count = checkRange(block, offset, in.remaining());
        in.order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer()
                .get(open(block), offset / Float.BYTES, count);
        in.position(in.limit());
    }

    private int checkRange(int block, int offset, int bytes) {
        int size = blockFloats * Float.BYTES;
        boolean isInside = offset >= 0 && bytes <= size - offset;
        if (block < 0 || block >= blocks.length || !isInside || (offset | bytes) % 4 != 0) {
            throw new IllegalArgumentException(
                    "block "
                            + block
                            + ", offset "
                            + offset
                            + ", "
                            + bytes
                            + " bytes (expected: a block in [0, "
                            + blocks.length
                            + "), a range in its "
                            + size
                            + " bytes, multiples of 4)");
        }
        return bytes / Float.BYTES;
    }
}
