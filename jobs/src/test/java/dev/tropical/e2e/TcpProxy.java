package dev.tropical.e2e;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A network between two processes that can be cut: bytes then wait, connections stay open, and when
 * it heals what waited arrives late. Threads end with their sockets, which {@link #close} closes.
 */
final class TcpProxy implements AutoCloseable {
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

    private final ServerSocket server;
    private final int targetPort;
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private boolean isCut; // guarded by this

    private TcpProxy(ServerSocket server, int targetPort) {
        this.server = server;
        this.targetPort = targetPort;
    }

    /** Listens for connections to a {@code tcp://host:port} endpoint of this machine. */
    static TcpProxy to(String endpoint) throws IOException {
        int port = Integer.parseInt(endpoint.replaceAll(".*:", ""));
        TcpProxy proxy = new TcpProxy(new ServerSocket(0, 50, LOOPBACK), port);
        start(proxy::accept, "proxy-" + port);
        return proxy;
    }

    /** To be used in the target's place. */
    String endpoint() {
        return "tcp://127.0.0.1:" + server.getLocalPort();
    }

    synchronized void cut() {
        isCut = true;
    }

    synchronized void heal() {
        isCut = false;
        notifyAll();
    }

    private synchronized void awaitHealed() throws InterruptedException {
        while (isCut && !server.isClosed()) {
            wait();
        }
    }

    private void accept() {
        try {
            while (!server.isClosed()) {
                Socket near = server.accept();
                awaitHealed();
                Socket far = new Socket(LOOPBACK, targetPort);
                sockets.addAll(List.of(near, far));
                start(() -> pump(near, far), "proxy-there");
                start(() -> pump(far, near), "proxy-back");
            }
        } catch (IOException e) {
            // the server socket was closed, or the target is gone: nobody is connected then
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void pump(Socket from, Socket to) {
        byte[] buffer = new byte[8192];
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                awaitHealed();
                out.write(buffer, 0, count);
            }
        } catch (IOException e) {
            // one side has closed: the other is closed with it
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void start(Runnable run, String name) {
        Thread thread = new Thread(run, name);
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() throws IOException {
        server.close();
        heal();
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
