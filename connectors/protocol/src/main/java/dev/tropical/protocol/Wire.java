package dev.tropical.protocol;

/**
 * The version of the protobuf messages between job and engines, and the rule that both sides keep.
 */
public final class Wire {
    /** What this build sends. */
    public static final int VERSION = 1;

    /** The oldest version that this build still understands (N - 1, and there is none before 1). */
    public static final int OLDEST_VERSION = 1;

    /** Largest raw frame of a KV migration, bytes: jeromq moves 256 KiB frames fastest. */
    public static final int KV_FRAME_BYTES = 256 * 1024;

    private Wire() {}

    /**
     * Refuses a message of a version that this build does not understand.
     *
     * @throws WireException when {@code version} is out of range
     */
    public static void checkVersion(int version, String what) throws WireException {
        if (version < OLDEST_VERSION || version > VERSION) {
            throw new WireException(
                    what
                            + " has wire version "
                            + version
                            + " (expected: "
                            + OLDEST_VERSION
                            + " to "
                            + VERSION
                            + ")");
        }
    }
}
