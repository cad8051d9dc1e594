package dev.tropical.flink.admit;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * What admission remembers of an id: the SHA-256 of its first body, and when that came. In state:
 * 32 bytes of hash, then 8 of time; states of before that have the hash alone.
 *
 * @param arrivedAtMs the broker's append time; 0 when it is not known
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record UsedId(byte[] bodySha256, long arrivedAtMs) {
    private static final int HASH_BYTES = 32;

    static UsedId decode(byte[] state) {
        long arrivedAtMs =
                state.length > HASH_BYTES ? ByteBuffer.wrap(state).getLong(HASH_BYTES) : 0;
        return new UsedId(Arrays.copyOf(state, HASH_BYTES), arrivedAtMs);
    }

    boolean isOf(byte[] otherSha256) {
        return Arrays.equals(bodySha256, otherSha256);
    }

    byte[] encode() {
        return ByteBuffer.allocate(HASH_BYTES + Long.BYTES)
                .put(bodySha256)
                .putLong(arrivedAtMs)
                .array();
    }
}
