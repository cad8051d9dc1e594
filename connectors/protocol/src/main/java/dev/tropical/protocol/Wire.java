package dev.tropical.protocol;

import dev.tropical.protocol.wire.EngineInfo;

/**
 * The version of the protobuf messages between job and engines, and the rule that both sides keep:
 * whoever begins speaks the other's version, if it is this build's or the one before. So a new job
 * works with old engines, and a new prefill engine with old decode engines: systems are upgraded in
 * that order.
 *
 * <p>Version 2: an engine says its version when it registers.
 */
public final class Wire {
    /** What this build sends. */
    public static final int VERSION = 2;

    /** The oldest version that this build still understands, and speaks where it must. */
    public static final int OLDEST_VERSION = VERSION - 1;

    /** Largest raw frame of a KV migration, bytes: jeromq moves 256 KiB frames fastest. */
    public static final int KV_FRAME_BYTES = 256 * 1024;

    /** Attempt of a SequenceKey in a Cancel that means each of them. */
    public static final int EVERY_ATTEMPT = -1;

    private Wire() {}

    /**
     * The version in which an engine is spoken to.
     *
     * @throws WireException when this build cannot
     */
    public static int versionOf(EngineInfo engine) throws WireException {
        int version = Math.max(1, engine.getWireVersion());
        checkVersion(version, "engine " + engine.getEngineId());
        return version;
    }

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
