package dev.tropical.protocol;

import java.nio.charset.StandardCharsets;

/**
 * A lane owns a request from admission to its ending. There are as many lanes as Flink key groups,
 * so that lanes spread evenly at any parallelism.
 */
public final class Lanes {
    /** Number of lanes, and the maximum parallelism of the job. */
    public static final int COUNT = 128;

    private Lanes() {}

    /** Whether {@code lane} is a lane at all; the wire may say anything. */
    public static boolean isLane(int lane) {
        return lane >= 0 && lane < COUNT;
    }

    /**
     * The lane of a request id, in [0, {@link #COUNT}); the same on every host and in every
     * version.
     */
    public static int of(String requestId) {
        return (int) Long.remainderUnsigned(fnv1a(requestId), COUNT);
    }

    /**
     * 64-bit FNV-1a of the UTF-8 bytes, finished with MurmurHash3's mixer; also the seed of
     * requests without one.
     */
    public static long hash(String requestId) {
        return fnv1a(requestId);
    }

    private static long fnv1a(String text) {
        long hash = 0xcbf29ce484222325L;
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
        }
        hash = (hash ^ (hash >>> 33)) * 0xff51afd7ed558ccdL;
        hash = (hash ^ (hash >>> 33)) * 0xc4ceb9fe1a85ec53L;
        return hash ^ (hash >>> 33);
    }
}
