package dev.tropical.sockets;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.zeromq.ZMQ;

/**
 * Lets one thread wait for messages on ZeroMQ sockets, and any other thread wake it up.
 *
 * <p>Not {@link ZMQ.Poller}: there, a thread is woken through a pipe beside the sockets, and JeroMQ
 * 0.6.0 reads the pipe's readiness without asking whether it was selected this time. After a
 * wake-up its poll returns at once, again and again, and takes a core. A selector's own wake-up
 * needs no pipe, and an interrupted waker does it no harm.
 */
public final class SocketPoller implements AutoCloseable {
    /**
     * JeroMQ's sender makes the channel readable first and counts the news after it. A reader that
     * took its core in between finds a readable channel and no news, and would spin until the
     * scheduler takes the core away from it, for milliseconds.
     */
    private static final long SETTLE_NS = 20_000;

    private final Selector selector;
    private final Map<ZMQ.Socket, SelectionKey> keys = new HashMap<>();

    public SocketPoller() {
        try {
            selector = Selector.open();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot open a selector", e);
        }
    }

    /** Waits for this socket's messages too from now on. The polling thread. */
    public void add(ZMQ.Socket socket) {
        try {
            keys.put(socket, socket.getFD().register(selector, SelectionKey.OP_READ));
        } catch (ClosedChannelException e) {
            throw new IllegalArgumentException("the socket is closed (expected: open)", e);
        }
    }

    /** Forgets a socket; before it is closed. The polling thread. */
    public void remove(ZMQ.Socket socket) {
        SelectionKey key = keys.remove(socket);
        if (key != null) {
            key.cancel();
        }
    }

    /**
     * Returns when a socket has a message, after {@link #wakeUp}, or when the time is over; now and
     * then for no reason. The polling thread.
     *
     * @param atMostMs at least 1
     */
    public void await(long atMostMs) {
        if (atMostMs < 1) {
            throw new IllegalArgumentException("atMostMs: " + atMostMs + " (expected: >= 1)");
        }
        try {
            // A socket's channel tells of news for the socket, not of messages: the look at its
            // events takes the news in, and only what comes after it makes the channel readable.
            if (hasMessage()) {
                selector.selectNow();
            } else if (selector.select(atMostMs) > 0 && !hasMessage()) {
                LockSupport.parkNanos(SETTLE_NS);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot wait for sockets", e);
        }
        selector.selectedKeys().clear();
    }

    private boolean hasMessage() {
        for (ZMQ.Socket socket : keys.keySet()) {
            if ((socket.getEvents() & ZMQ.Poller.POLLIN) != 0) {
                return true;
            }
        }
        return false;
    }

    /** Ends the wait that is under way, or the next one. Any thread; cheap when repeated. */
    public void wakeUp() {
        selector.wakeup();
    }

    /** Leaves the sockets as they are. */
    @Override
    public void close() {
        keys.clear();
        try {
            selector.close();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot close a selector", e);
        }
    }
}
