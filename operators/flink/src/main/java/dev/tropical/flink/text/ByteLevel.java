package dev.tropical.flink.text;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * GPT-2's way to write bytes as printable characters: the printable ones of Latin-1 stand for
 * themselves, the other 68 for U+0100 onwards in order.
 */
final class ByteLevel {
    private static final int[] BYTE_OF = new int[0x100 + 68];

    static {
        Arrays.fill(BYTE_OF, -1);
        int next = 0x100;
        for (int b = 0; b < 0x100; b++) {
            boolean printable = (b > 0x20 && b < 0x7f) || (b > 0xa0 && b != 0xad);
            BYTE_OF[printable ? b : next++] = b;
        }
    }

    private ByteLevel() {}

    /** The bytes that a token's text stands for; a text that is not so written is its UTF-8. */
    static byte[] bytes(String token) {
        byte[] bytes = new byte[token.length()];
        for (int i = 0; i < bytes.length; i++) {
            int c = token.charAt(i);
            if (c >= BYTE_OF.length || BYTE_OF[c] < 0) {
                return token.getBytes(StandardCharsets.UTF_8);
            }
            bytes[i] = (byte) BYTE_OF[c];
        }
        return bytes;
    }
}
