package dev.tropical.engine.transfer;

import dev.tropical.engine.model.Bf16;
import dev.tropical.engine.model.DType;
import dev.tropical.protocol.wire.KvType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Turns a sender's KV numbers into the receiver's: engines on CPUs keep float32, those on GPUs
 * bfloat16, in blocks of the same layout. Towards bfloat16 it rounds to nearest, ties to even.
 */
record KvConversion(DType from, DType to) {
    /** What a sender's reservation announces. */
    static KvConversion of(KvType sent, DType own) {
        return switch (sent) {
            case KV_FLOAT32 -> new KvConversion(DType.F32, own);
            case KV_BFLOAT16 -> new KvConversion(DType.BF16, own);
            case KV_TYPE_UNSPECIFIED -> new KvConversion(own, own);
            case UNRECOGNIZED ->
                    throw new IllegalArgumentException(
                            "kv_type: " + sent + " (expected: KV_FLOAT32 or KV_BFLOAT16)");
        };
    }

    /** How a runner's blocks are announced. */
    static KvType announced(DType own) {
        return switch (own) {
            case F32 -> KvType.KV_FLOAT32;
            case BF16 -> KvType.KV_BFLOAT16;
            case F16 ->
                    throw new IllegalArgumentException(
                            "KV blocks of " + own + " (expected: F32 or BF16)");
        };
    }

    /** Bytes of the sender's block, or place in it, where the receiver's is {@code ownBytes}. */
    int sentBytes(int ownBytes) {
        return ownBytes / to.bytes() * from.bytes();
    }

    /** The reverse of {@link #sentBytes}. */
    int ownBytes(int sentBytes) {
        return sentBytes / from.bytes() * to.bytes();
    }

    /** A frame's numbers as the receiver keeps them; the frame itself where nothing differs. */
    ByteBuffer convert(ByteBuffer frame) {
        if (from == to) {
            return frame;
        }
        ByteBuffer in = frame.order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer out =
                ByteBuffer.allocate(ownBytes(in.remaining())).order(ByteOrder.LITTLE_ENDIAN);
        while (out.hasRemaining()) {
            if (to == DType.F32) {
                out.putFloat(Bf16.toFloat(in.getShort()));
            } else {
                out.putShort(Bf16.of(in.getFloat()));
            }
        }
        return out.flip();
    }
}
