package dev.tropical.sockets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.zeromq.SocketType;
import org.zeromq.ZContext;
import org.zeromq.ZMQ;

/** Who is let in, and who is connected to: {@code EngineIoITCase} has it on an engine's sockets. */
@Timeout(60)
class SocketSecurityITCase {
    @TempDir private Path keys;
    private final ZContext context = new ZContext(1);
    private SocketSecurity security;

    @BeforeEach
    void makeKeys() throws Exception {
        new KeyFolder(keys).create("engine");
        security = SocketSecurity.of(keys, "engine");
    }

    @AfterEach
    void close() {
        context.close();
    }

    @Test
    void shouldConnectToNoServerThatIsNotAsSecureAsItself() {
        ZMQ.Socket client = Sockets.connecting(context, SocketType.DEALER);
        String stranger = CurveKeys.generate().publicKey();
        assertThatThrownBy(() -> security.connect(client, "tcp://127.0.0.1:1", ""))
                .hasMessageContaining("speaks clear text");
        assertThatThrownBy(() -> security.connect(client, "tcp://127.0.0.1:1", stranger))
                .hasMessageContaining(stranger)
                .hasMessageContaining("not in");
        assertThatThrownBy(() -> SocketSecurity.NONE.connect(client, "tcp://127.0.0.1:1", stranger))
                .hasMessageContaining("has no keys");
    }

    @Test
    void shouldTakeNoMessageBeyondTheLimit() {
        ZMQ.Socket server = Sockets.binding(context, SocketType.ROUTER, SocketSecurity.NONE);
        server.bind("tcp://127.0.0.1:*");
        ZMQ.Socket greedy = Sockets.connecting(context, SocketType.DEALER);
        greedy.connect(server.getLastEndpoint());
        greedy.send(new byte[Sockets.MAX_INBOUND_BYTES + 1]);
        ZMQ.Socket modest = Sockets.connecting(context, SocketType.DEALER);
        modest.setIdentity("modest".getBytes());
        modest.connect(server.getLastEndpoint());
        modest.send(new byte[Sockets.MAX_INBOUND_BYTES]);
        server.setReceiveTimeOut(30_000);
        assertThat(server.recvStr()).isEqualTo("modest");
        assertThat(server.recv()).hasSize(Sockets.MAX_INBOUND_BYTES);
        server.setReceiveTimeOut(500);
        assertThat(server.recv()).isNull();
    }

    @Test
    void shouldBeWithoutKeysWhereNoFolderIsNamed() {
        assertThat(SocketSecurity.of(null, "engine")).isSameAs(SocketSecurity.NONE);
        assertThat(SocketSecurity.NONE.publicKey()).isEmpty();
        assertThat(SocketSecurity.NONE.guard(context)).isNull();
    }
}
