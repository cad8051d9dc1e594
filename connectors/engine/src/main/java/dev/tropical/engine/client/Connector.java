package dev.tropical.engine.client;

import dev.tropical.protocol.WireException;
import dev.tropical.protocol.wire.EngineInfo;
import dev.tropical.sockets.SocketSecurity;
import org.zeromq.ZContext;

/** Opens a client's connections, each under an identity of its own. Owned by the I/O thread. */
final class Connector implements AutoCloseable {
    private final ZContext context = new ZContext(1);
    private final String identity;
    private final EngineClientOptions options;
    private final SocketSecurity security;
    private long opened; // connections so far, to number their identities

    Connector(String identity, EngineClientOptions options, SocketSecurity security) {
        this.identity = identity;
        this.options = options;
        this.security = security;
        context.setLinger(0);
    }

    /** What all of its identities begin with. */
    String identity() {
        return identity;
    }

    /**
     * @throws RuntimeException when the engine's addresses or its key cannot be used; nothing is
     *     left open
     * @throws WireException when the engine's version is not spoken here
     */
    EngineConnection connect(EngineInfo engine) throws WireException {
        return new EngineConnection(context, engine, identity + "-" + opened++, options, security);
    }

    @Override
    public void close() {
        context.close();
    }
}
