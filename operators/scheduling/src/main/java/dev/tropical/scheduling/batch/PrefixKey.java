package dev.tropical.scheduling.batch;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Names the content of a full KV block: a hash over the model's id and every token from the
 * sequence's start to the block's end, chained block by block.
 *
 * <p>The first 128 bits of SHA-256, not a fast hash: two prompts with one key would share KV, and
 * prompts come from strangers.
 *
 * @param high first 8 bytes, big-endian
 * @param low next 8 bytes
 */
public record PrefixKey(long high, long low) {
    /** Bytes of a key on the wire. */
    public static final int BYTES = 16;

    /** The key of the empty prefix. */
    static PrefixKey root(String modelId) {
        return hash(ByteBuffer.wrap(modelId.getBytes(StandardCharsets.UTF_8)));
    }

    /** The key of the block that follows: {@code tokens[start, start + blockSize)}. */
    PrefixKey next(int[] tokens, int start, int blockSize) {
        ByteBuffer content = ByteBuffer.allocate(BYTES + Integer.BYTES * blockSize);
        content.putLong(high).putLong(low);
        for (int i = 0; i < blockSize; i++) {
            content.putInt(tokens[start + i]);
        }
        return hash(content.flip());
    }

    /**
     * Reads what {@link #toBytes} wrote.
     *
     * @throws IllegalArgumentException when there are not 16 bytes
     */
    public static PrefixKey fromBytes(byte[] bytes) {
        if (bytes.length != BYTES) {
            throw new IllegalArgumentException(
                    "prefix key: " + bytes.length + " bytes (expected: " + BYTES + ")");
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        return new PrefixKey(buffer.getLong(), buffer.getLong());
    }

    /** The key's 16 bytes. */
    public byte[] toBytes() {
        return ByteBuffer.allocate(BYTES).putLong(high).putLong(low).array();
    }

    private static PrefixKey hash(ByteBuffer content) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(content);
            ByteBuffer hash = ByteBuffer.wrap(digest.digest());
            return new PrefixKey(hash.getLong(), hash.getLong());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
