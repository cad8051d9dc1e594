package dev.tropical.kafka;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Ports of 127.0.0.1 for servers that must be told theirs, and that come back to it when they are
 * started again.
 *
 * <p>They are below those that systems give to outgoing connections (on Linux from 32768 on). A
 * client that tries a dead server again could get that server's port as its own, connect to itself
 * and keep the port.
 */
public final class LocalPorts {
    private static final String LOCAL = "127.0.0.1";
    private static final int FIRST = 20_000;
    private static final int COUNT = 12_000;

    /** Random at first, for other processes choose too; never the same twice in a row. */
    private static final AtomicInteger NEXT =
            new AtomicInteger(ThreadLocalRandom.current().nextInt(COUNT));

    private LocalPorts() {}

    /**
     * A port that nobody listens on now.
     *
     * @param whose for the message
     * @param wanted 0 = any
     * @throws IllegalStateException when {@code wanted} is in use, or all are
     */
    public static int free(String whose, int wanted) {
        if (wanted != 0) {
            requireFree(whose, LOCAL, wanted);
            return wanted;
        }
        for (int i = 0; i < COUNT; i++) {
            int port = FIRST + Math.floorMod(NEXT.getAndIncrement(), COUNT);
            if (isFree(port)) {
                return port;
            }
        }
        throw new IllegalStateException(
                whose + "'s port: none of " + FIRST + " to " + (FIRST + COUNT - 1) + " is free");
    }

    /**
     * Says of a server that is started late that its port is taken, before anything is started.
     *
     * @param whose for the message
     * @param host the address to bind
     * @param wanted 0 = any, which always is there
     * @throws IllegalStateException when it cannot be bound
     */
    public static void requireFree(String whose, String host, int wanted) {
        if (wanted == 0) {
            return;
        }
        try {
            bind(host, wanted);
        } catch (IOException e) {
            throw new IllegalStateException(
                    "%s's port: %d cannot be bound on %s: %s (expected: a free port, or 0 for any)"
                            .formatted(whose, wanted, host, e.getMessage()),
                    e);
        }
    }

    private static boolean isFree(int port) {
        try {
            bind(LOCAL, port);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static void bind(String host, int port) throws IOException {
        new ServerSocket(port, 1, InetAddress.getByName(host)).close();
    }
}
