package dev.tropical.sockets;

import org.zeromq.SocketType;
import org.zeromq.ZContext;
import org.zeromq.ZMQ;

/** Makes the sockets, with what all of them need. */
public final class Sockets {
    /**
     * How long a handshake may take before the connection is made anew, ms. JeroMQ 0.6.0 now and
     * then registers a fresh connection under a cancelled selection key and never says its greeting
     * (1 to 6 in 100 under load, its users report); its own limit is 30 s.
     */
    private static final int HANDSHAKE_MS = 500;

    /** With CURVE eight elliptic curve products more, in code that is not compiled yet, ms. */
    static final int CURVE_HANDSHAKE_MS = 2_000;

    /**
     * Largest message to an engine: as large as the largest record of any topic. A peer that sends
     * a larger one is disconnected before it is read.
     */
    public static final int MAX_INBOUND_BYTES = 16 << 20;

    /** Largest message from an engine: all that it holds for a subtask's lanes at once. */
    private static final int MAX_ANSWER_BYTES = 64 << 20;

    private Sockets() {}

    /** A socket that will connect and that drops what it has not sent when it closes. */
    public static ZMQ.Socket connecting(ZContext context, SocketType type) {
        ZMQ.Socket socket = context.createSocket(type);
        socket.setLinger(0);
        socket.setHandshakeIvl(HANDSHAKE_MS);
        socket.setMaxMsgSize(MAX_ANSWER_BYTES);
        return socket;
    }

    /** A socket that will bind and that drops what it has not sent when it closes. */
    public static ZMQ.Socket binding(ZContext context, SocketType type, SocketSecurity security) {
        ZMQ.Socket socket = context.createSocket(type);
        socket.setLinger(0);
        socket.setMaxMsgSize(MAX_INBOUND_BYTES);
        security.serve(socket);
        return socket;
    }
}
