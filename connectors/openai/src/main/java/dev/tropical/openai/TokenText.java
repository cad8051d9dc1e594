package dev.tropical.openai;

import java.nio.charset.StandardCharsets;

/** A single token's bytes and probability, as JSON can say them. */
final class TokenText {
    /** What stands for minus infinity, which JSON has not; vLLM's choice. */
    private static final double LEAST_LOGPROB = -9999.0;

    private TokenText() {}

    /** The text; U+FFFD for part of a character. */
    static String of(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** Code points that start in these bytes; over a text's tokens they add up to its length. */
    static int codePoints(byte[] bytes) {
        int count = 0;
        for (byte b : bytes) {
            count += isContinuation(b) ? 0 : 1;
        }
        return count;
    }

    /** Whether the first byte goes on with a character that an earlier token started. */
    static boolean startsInside(byte[] bytes) {
        return bytes.length > 0 && isContinuation(bytes[0]);
    }

    /** The shortest decimal of the float, and no infinity. */
    static double finite(float logprob) {
        return Float.isInfinite(logprob) || Float.isNaN(logprob)
                ? LEAST_LOGPROB
                : Math.max(LEAST_LOGPROB, Double.parseDouble(Float.toString(logprob)));
    }

    private static boolean isContinuation(byte b) {
        return (b & 0xC0) == 0x80;
    }
}
