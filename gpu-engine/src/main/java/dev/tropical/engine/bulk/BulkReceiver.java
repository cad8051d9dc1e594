package dev.tropical.engine.bulk;

import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/** One transfer's way in: its token, and the connection that has shown it. Loop thread. */
public final class BulkReceiver {
    private final byte[] token;
    private final FrameSink sink;
    private @Nullable FrameReader reader;
    private boolean isClosed;

    BulkReceiver(byte[] token, FrameSink sink) {
        this.token = token;
        this.sink = sink;
    }

    /** For the sender alone; good for one connection. */
    public byte[] token() {
        return token.clone();
    }

    /** No frame will come any more: the connection has ended, or this was closed. */
    public boolean isOver() {
        return isClosed || (reader != null && reader.isOver());
    }

    /** Takes the token back and gives up what has not come. Repeatable. */
    public void close() {
        isClosed = true;
        if (reader != null) {
            reader.close();
        }
    }

    void connected(SocketChannel channel) {
        reader = new FrameReader(channel, sink);
        reader.welcome();
    }

    int read(int budget) {
        return reader == null ? 0 : reader.read(budget);
    }
}
