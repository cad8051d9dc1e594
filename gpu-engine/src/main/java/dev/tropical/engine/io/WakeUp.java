package dev.tropical.engine.io;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.channels.SelectableChannel;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Wakes the I/O thread out of its poll: a pipe that the poller watches beside the sockets. At most
 * one byte is under way, so any number of signals between two polls costs one write.
 */
final class WakeUp implements AutoCloseable {
    private final Pipe pipe;
    private final AtomicBoolean isSignalled = new AtomicBoolean();

    WakeUp() {
        try {
            pipe = Pipe.open();
            pipe.source().configureBlocking(false);
            pipe.sink().configureBlocking(false);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot open a pipe", e);
        }
    }

    SelectableChannel channel() {
        return pipe.source();
    }

    /** Any thread. */
    void signal() {
        if (!isSignalled.compareAndSet(false, true)) {
            return;
        }
        try {
            pipe.sink().write(ByteBuffer.allocate(1));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot wake the I/O thread", e);
        }
    }

    /** The I/O thread, before it looks at what there is to do. */
    void clear() {
        ByteBuffer sink = ByteBuffer.allocate(16);
        try {
            while (pipe.source().read(sink) > 0) {
                sink.clear();
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the I/O thread's pipe", e);
        }
        isSignalled.set(false);
    }

    @Override
    public void close() {
        try {
            pipe.sink().close();
            pipe.source().close();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot close a pipe", e);
        }
    }
}
