package dev.tropical.engine.transfer;

import dev.tropical.protocol.Wire;

/** How a block is cut into frames: {@link Wire#KV_FRAME_BYTES} each, the last one what is left. */
record Frames(int blockBytes) {

    int perBlock() {
        return (blockBytes + Wire.KV_FRAME_BYTES - 1) / Wire.KV_FRAME_BYTES;
    }

    int offset(int frame) {
        return frame * Wire.KV_FRAME_BYTES;
    }

    int length(int frame) {
        return Math.min(Wire.KV_FRAME_BYTES, blockBytes - offset(frame));
    }

    /** The frame that starts at {@code offset}, or -1 when none of {@code length} bytes does. */
    int at(int offset, int length) {
        int frame = offset / Wire.KV_FRAME_BYTES;
        boolean isFrame =
                offset >= 0
                        && offset % Wire.KV_FRAME_BYTES == 0
                        && frame < perBlock()
                        && length == length(frame);
        return isFrame ? frame : -1;
    }
}
