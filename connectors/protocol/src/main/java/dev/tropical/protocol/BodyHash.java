package dev.tropical.protocol;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** By what two requests under one id are told apart: the SHA-256 of their bodies. */
public final class BodyHash {
    /** What a completion's header shows of it; enough to tell any two bodies apart. */
    private static final int SHORT_BYTES = 8;

    private BodyHash() {}

    /** Lower-case hex, 64 digits. */
    public static String of(byte[] body) {
        return HexFormat.of().formatHex(digest(body));
    }

    /** The 32 bytes. */
    public static byte[] digest(byte[] body) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(body);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** The first 16 hex digits of a digest; empty when it is. */
    public static String shortened(byte[] digest) {
        return HexFormat.of().formatHex(digest, 0, Math.min(SHORT_BYTES, digest.length));
    }
}
