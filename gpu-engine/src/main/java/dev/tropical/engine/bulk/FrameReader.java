package dev.tropical.engine.bulk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Cuts what a connection brings behind its token into frames. */
final class FrameReader {
    private static final Logger LOG = LoggerFactory.getLogger(FrameReader.class);

    private final SocketChannel channel;
    private final FrameSink sink;
    private final ByteBuffer header = ByteBuffer.allocate(BulkFormat.HEADER_BYTES);
    private final ByteBuffer bytes = ByteBuffer.allocate(BulkFormat.MAX_FRAME_BYTES);
    private boolean isInFrame;
    private int block;
    private int offset;

    FrameReader(SocketChannel channel, FrameSink sink) {
        this.channel = channel;
        this.sink = sink;
    }

    /** Tells the sender that it is where it wanted to be. */
    void welcome() {
        try {
            channel.write(ByteBuffer.wrap(new byte[] {BulkFormat.WELCOME}));
        } catch (IOException e) {
            close();
        }
    }

    /** Reads what is there, about {@code budget} bytes of it; returns how many. */
    int read(int budget) {
        int total = 0;
        try {
            while (total < budget && channel.isOpen()) {
                ByteBuffer into = isInFrame ? bytes : header;
                int count = channel.read(into);
                if (count < 0) {
                    close();
                }
                if (count <= 0) {
                    break;
                }
                total += count;
                if (!into.hasRemaining()) {
                    filled();
                }
            }
        } catch (IOException e) {
            LOG.debug("a connection for KV frames broke", e);
            close();
        }
        return total;
    }

    private void filled() {
        if (isInFrame) {
            isInFrame = false;
            sink.frame(block, offset, bytes.flip());
        } else {
            begin(header.flip());
            header.clear();
        }
    }

    private void begin(ByteBuffer from) {
        block = from.getInt();
        offset = from.getInt();
        int length = from.getInt();
        if (length < 1 || length > BulkFormat.MAX_FRAME_BYTES) {
            LOG.warn(
                    "closed a connection for KV frames: frame of {} bytes (expected: 1 to {})",
                    length,
                    BulkFormat.MAX_FRAME_BYTES);
            close();
            return;
        }
        bytes.clear().limit(length);
        isInFrame = true;
    }

    /** Nothing more will come. */
    boolean isOver() {
        return !channel.isOpen();
    }

    void close() {
        Channels.close(channel);
    }
}
