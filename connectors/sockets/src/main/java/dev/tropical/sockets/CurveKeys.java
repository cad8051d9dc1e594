package dev.tropical.sockets;

import org.zeromq.ZMQ;

/**
 * A long-term CURVE key pair.
 *
 * @param publicKey Z85 of 32 bytes: 40 characters
 * @param secretKey likewise; never printed
 */
public record CurveKeys(String publicKey, String secretKey) {
    private static final int Z85_LENGTH = 40;

    public CurveKeys {
        checkKey("public key", publicKey, publicKey);
        checkKey("secret key", secretKey, "(not shown)");
    }

    /** A new pair. */
    public static CurveKeys generate() {
        ZMQ.Curve.KeyPair pair = ZMQ.Curve.generateKeyPair();
        return new CurveKeys(pair.publicKey, pair.secretKey);
    }

    static void checkKey(String what, String key, String shown) {
        // Z85 is printable ASCII without spaces.
        if (key.length() != Z85_LENGTH || !key.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw new IllegalArgumentException(
                    what + ": '" + shown + "' (expected: " + Z85_LENGTH + " characters of Z85)");
        }
    }

    static byte[] bytes(String z85) {
        return ZMQ.Curve.z85Decode(z85);
    }

    @Override
    public String toString() {
        return "CurveKeys[" + publicKey + "]";
    }
}
