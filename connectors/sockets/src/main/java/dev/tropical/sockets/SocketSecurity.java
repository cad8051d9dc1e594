package dev.tropical.sockets;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.zeromq.ZContext;
import org.zeromq.ZMQ;

/**
 * How a process speaks to others over ZeroMQ: in clear text to anyone, or by CURVE to those whose
 * public keys it trusts. One never falls back to the other. Used by the thread that owns the
 * sockets.
 */
public final class SocketSecurity {
    /** Clear text. */
    public static final SocketSecurity NONE = new SocketSecurity(null, null);

    private final @Nullable CurveKeys own;
    private final @Nullable TrustedKeys trusted;

    private SocketSecurity(@Nullable CurveKeys own, @Nullable TrustedKeys trusted) {
        this.own = own;
        this.trusted = trusted;
    }

    /**
     * CURVE with a folder's keys; without a folder, clear text.
     *
     * @param name of the pair that is this process's own
     * @throws IllegalArgumentException when a key is missing, malformed or open to everybody
     */
    public static SocketSecurity of(@Nullable Path keys, String name) {
        if (keys == null) {
            return NONE;
        }
        KeyFolder folder = new KeyFolder(keys);
        return new SocketSecurity(folder.load(name), new TrustedKeys(folder.trusted()));
    }

    /** Z85; empty for clear text. */
    public String publicKey() {
        return own == null ? "" : own.publicKey();
    }

    /**
     * Lets trusted peers alone connect to the sockets that {@link #serve} prepares. Made before
     * they bind: JeroMQ lets everyone in while nobody answers for a door.
     *
     * @return null for clear text
     */
    public @Nullable Doorkeeper guard(ZContext context) {
        return trusted == null ? null : new Doorkeeper(context, trusted);
    }

    /** Prepares a socket that will bind. */
    public void serve(ZMQ.Socket socket) {
        if (own != null) {
            socket.setCurveServer(true);
            setOwnKeys(socket, own);
            socket.setZapDomain(Doorkeeper.DOMAIN);
        }
    }

    /**
     * Connects a socket of its own to an endpoint: JeroMQ's sessions share their socket's options,
     * so that one socket cannot speak to two servers with different keys.
     *
     * @param serverKey the server's public key, empty when it speaks clear text
     * @throws IllegalStateException when the two sides do not agree, or the key is not trusted
     */
    public void connect(ZMQ.Socket socket, String endpoint, String serverKey) {
        if (own == null || trusted == null) {
            if (!serverKey.isEmpty()) {
                throw new IllegalStateException(
                        endpoint + " speaks CURVE, and this process has no keys (expected: keys)");
            }
        } else {
            if (serverKey.isEmpty()) {
                throw new IllegalStateException(
                        endpoint + " speaks clear text (expected: a public key, as here)");
            }
            if (!trusted.contains(serverKey)) {
                throw new IllegalStateException(
                        endpoint + " has the key " + serverKey + ", which is not in " + trusted);
            }
            setOwnKeys(socket, own);
            socket.setCurveServerKey(CurveKeys.bytes(serverKey));
            socket.setHandshakeIvl(Sockets.CURVE_HANDSHAKE_MS);
        }
        socket.connect(endpoint);
    }

    private static void setOwnKeys(ZMQ.Socket socket, CurveKeys own) {
        socket.setCurvePublicKey(CurveKeys.bytes(own.publicKey()));
        socket.setCurveSecretKey(CurveKeys.bytes(own.secretKey()));
    }

    @Override
    public String toString() {
        return own == null ? "clear text" : "CURVE as " + own.publicKey() + ", trusting " + trusted;
    }
}
