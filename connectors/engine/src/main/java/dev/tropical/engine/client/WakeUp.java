package dev.tropical.engine.client;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.Pipe;
import java.nio.channels.SelectableChannel;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Wakes a thread out of a ZeroMQ poll. A pipe, because jeromq's sockets are not thread-safe: an
 * inproc socket could serve one waking thread only.
 */
final class WakeUp implements AutoCloseable {
    private final AtomicBoolean isSet = new AtomicBoolean(); // keeps the pipe from filling up
    private final ByteBuffer drained = ByteBuffer.allocate(16);
    private volatile Pipe pipe = newPipe();

    private static Pipe newPipe() {
        try {
            Pipe pipe = Pipe.open();
            pipe.source().configureBlocking(false);
            return pipe;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot open a pipe", e);
        }
    }

    /** What the woken thread polls. */
    SelectableChannel channel() {
        return pipe.source();
    }

    /** From any thread. */
    void set() {
        if (!isSet.compareAndSet(false, true)) {
            return;
        }
        try {
            int ignored = pipe.sink().write(ByteBuffer.wrap(new byte[1]));
        } catch (ClosedChannelException e) {
            // Writing while interrupted closes the pipe. Its end wakes the other side as well.
            Thread.onSpinWait();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot wake the I/O thread", e);
        }
    }

    /**
     * On the woken thread, before it looks at what woke it.
     *
     * @return whether the channel is another one now: an interrupted thread had closed it
     */
    boolean clear() {
        drained.clear();
        try {
            boolean isEnded = pipe.source().read(drained) < 0;
            if (isEnded) {
                close();
                pipe = newPipe();
            }
            isSet.set(false);
            return isEnded;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read what woke the I/O thread", e);
        }
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
