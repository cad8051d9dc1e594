package dev.tropical.engine.bulk;

import dev.tropical.protocol.Wire;

/** Sizes of what goes over a connection, bytes. */
final class BulkFormat {
    /** Nobody guesses 256 random bits within a reservation's few seconds. */
    static final int TOKEN_BYTES = 32;

    static final byte WELCOME = 1;

    /** Block, offset, length. */
    static final int HEADER_BYTES = 3 * Integer.BYTES;

    static final int MAX_FRAME_BYTES = Wire.KV_FRAME_BYTES;

    private BulkFormat() {}
}
