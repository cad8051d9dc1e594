package dev.tropical.flink.admit;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * What admission remembers of an id: the SHA-256 of its first body, and when that came.
 *
 * @param arrivedAtMs the broker's append time; 0 when it is not known
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record UsedId(byte[] bodySha256, long arrivedAtMs) {
    static final int HASH_BYTES = 32;

    /** As release 0.1 kept it: the hash, then 8 bytes of time, which its first states lack. */
    static UsedId decode(byte[] state) {
        long arrivedAtMs =
                state.length > HASH_BYTES ? ByteBuffer.wrap(state).getLong(HASH_BYTES) : 0;
        return new UsedId(Arrays.copyOf(state, HASH_BYTES), arrivedAtMs);
    }

    boolean isOf(byte[] otherSha256) {
        return Arrays.equals(bodySha256, otherSha256);
    }
}
