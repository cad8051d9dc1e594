package dev.tropical.sockets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.zeromq.SocketType;
import org.zeromq.ZContext;
import org.zeromq.ZMQ;

/** Waits without an end fail by the test's time limit. */
@Timeout(60)
class SocketPollerITCase {
    private static final long LONG_MS = 50_000;

    private final ZContext context = new ZContext(1);
    private final SocketPoller poller = new SocketPoller();

    @AfterEach
    void close() {
        poller.close();
        context.close();
    }

    @Test
    void shouldWaitForAMessage() {
        ZMQ.Socket server = server();
        poller.add(server);
        ZMQ.Socket client = client(server);
        for (int i = 0; i < 100; i++) {
            client.send("message " + i);
            assertThat(next(server)).isEqualTo("message " + i);
        }
    }

    @Test
    void shouldReturnAtOnceWhileMessagesAreLeft() {
        ZMQ.Socket server = server();
        poller.add(server);
        ZMQ.Socket client = client(server);
        client.send("a");
        client.send("b");
        assertThat(next(server)).isEqualTo("a");
        assertThat(next(server)).isEqualTo("b");
    }

    @Test
    void shouldBeWokenUpAlsoBeforeItWaits() throws Exception {
        poller.add(server());
        poller.wakeUp();
        poller.await(LONG_MS);
        Thread waker = new Thread(poller::wakeUp);
        waker.start();
        poller.await(LONG_MS);
        waker.join();
    }

    @Test
    void shouldWaitAgainAfterAWakeUp() {
        poller.add(server());
        poller.wakeUp();
        poller.await(LONG_MS);
        // With ZMQ.Poller and a pipe every wait from here on returns at once.
        int turns = 0;
        long startNs = System.nanoTime();
        while (System.nanoTime() - startNs < 200_000_000) {
            poller.await(50);
            turns++;
        }
        assertThat(turns).isLessThan(10);
    }

    @Test
    void shouldNotSpinWhileMessagesCome() throws Exception {
        int messages = 400;
        ZMQ.Socket server = server();
        poller.add(server);
        Thread sender =
                new Thread(
                        () -> {
                            ZMQ.Socket client = client(server);
                            for (int i = 0; i < messages; i++) {
                                client.send("message " + i);
                                LockSupport.parkNanos(1_000_000);
                            }
                        });
        sender.start();
        int turns = 0;
        for (int received = 0; received < messages; turns++) {
            poller.await(LONG_MS);
            while (server.recv(ZMQ.DONTWAIT) != null) {
                received++;
            }
        }
        sender.join();
        // Without the pause it is more than a hundred turns a message when readers preempt senders.
        assertThat(turns).isLessThan(10 * messages);
    }

    @Test
    void shouldBeWokenUpByAnInterruptedThread() throws Exception {
        poller.add(server());
        Thread waker =
                new Thread(
                        () -> {
                            Thread.currentThread().interrupt();
                            poller.wakeUp();
                        });
        waker.start();
        poller.await(LONG_MS);
        waker.join();
        poller.wakeUp();
        poller.await(LONG_MS);
    }

    @Test
    void shouldForgetASocketThatIsClosed() {
        ZMQ.Socket server = server();
        poller.add(server);
        poller.remove(server);
        server.close();
        poller.await(1);
    }

    @Test
    void shouldRefuseAWaitWithoutTime() {
        assertThatThrownBy(() -> poller.await(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("atMostMs: 0");
    }

    private String next(ZMQ.Socket socket) {
        String message = socket.recvStr(ZMQ.DONTWAIT);
        while (message == null) {
            poller.await(LONG_MS);
            message = socket.recvStr(ZMQ.DONTWAIT);
        }
        return message;
    }

    private ZMQ.Socket server() {
        ZMQ.Socket server = context.createSocket(SocketType.PULL);
        server.bind("tcp://127.0.0.1:*");
        return server;
    }

    private ZMQ.Socket client(ZMQ.Socket server) {
        ZMQ.Socket client = Sockets.connecting(context, SocketType.PUSH);
        client.connect(server.getLastEndpoint());
        return client;
    }
}
