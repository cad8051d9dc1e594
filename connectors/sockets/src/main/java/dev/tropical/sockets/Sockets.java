package dev.tropical.sockets;

import org.zeromq.SocketType;
import org.zeromq.ZContext;
import org.zeromq.ZMQ;

/** Makes sockets that connect. */
public final class Sockets {
    /**
     * How long a handshake may take before the connection is made anew, ms. JeroMQ 0.6.0 now and
     * then registers a fresh connection under a cancelled selection key and never says its greeting
     * (1 to 6 in 100 under load, its users report); its own limit is 30 s.
     */
    private static final int HANDSHAKE_MS = 500;

    private Sockets() {}

    /** A socket that drops what it has not sent when it closes. Owned by the caller. */
    public static ZMQ.Socket connecting(ZContext context, SocketType type) {
        ZMQ.Socket socket = context.createSocket(type);
        socket.setLinger(0);
        socket.setHandshakeIvl(HANDSHAKE_MS);
        return socket;
    }
}
