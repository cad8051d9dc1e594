package dev.tropical.engine.bulk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** A connection that has not shown a token yet. */
final class Stranger {
    private final SocketChannel channel;
    private final ByteBuffer token = ByteBuffer.allocate(BulkFormat.TOKEN_BYTES);
    private final long deadlineNs;

    Stranger(SocketChannel channel, long deadlineNs) {
        this.channel = channel;
        this.deadlineNs = deadlineNs;
    }

    SocketChannel channel() {
        return channel;
    }

    /** Reads on; closes the connection when it has ended, or its time is over. */
    void turn(long nowNs) {
        try {
            int count = channel.read(token);
            if (count < 0 || (token.hasRemaining() && nowNs - deadlineNs >= 0)) {
                close();
            }
        } catch (IOException e) {
            close();
        }
    }

    boolean isGone() {
        return !channel.isOpen();
    }

    boolean hasSpoken() {
        return !token.hasRemaining();
    }

    /** What it has shown; once it {@link #hasSpoken}. */
    ByteBuffer token() {
        return ByteBuffer.wrap(token.array());
    }

    void close() {
        Channels.close(channel);
    }
}
