package dev.tropical.engine.bulk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One transfer's frames on their way out. Takes a frame when the one before has left; closed once
 * all have, or when the transfer is given up. Loop thread.
 *
 * <pre>
 * CONNECTING -> OPEN (the peer has welcomed the token), FAILED
 * OPEN       -> FAILED
 * </pre>
 */
public final class BulkSender {
    private enum State {
        CONNECTING,
        OPEN,
        FAILED
    }

    private static final int SLICE_BYTES = 64 * 1024;
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final SocketChannel channel;
    private final long connectByNs;
    private final long stallNs;
    private final ByteBuffer header = ByteBuffer.allocate(BulkFormat.HEADER_BYTES);
    private final ByteBuffer answer = ByteBuffer.allocate(1);
    private ByteBuffer[] waiting;
    private State state = State.CONNECTING;
    private long progressNs;
    private boolean isUnreachable;
    private @Nullable String failure;

    BulkSender(
            SocketChannel channel,
            byte[] token,
            Duration connecting,
            Duration stalling,
            long nowNs) {
        this.channel = channel;
        this.waiting = new ByteBuffer[] {ByteBuffer.wrap(token.clone()), NOTHING};
        this.connectByNs = nowNs + connecting.toNanos();
        this.stallNs = stalling.toNanos();
        this.progressNs = nowNs;
    }

    /** Whether all that was given has left, and the next frame can be given. */
    public boolean isFree() {
        return state == State.OPEN && !hasWaiting();
    }

    /**
     * Begins to send a frame.
     *
     * @param bytes 1 to 256 KiB; must not change until the sender is free again
     * @throws IllegalStateException when it is not free
     */
    public void send(int block, int offset, ByteBuffer bytes, long nowNs) {
        if (!isFree()) {
            throw new IllegalStateException("a frame is on its way (expected: none)");
        }
        header.clear().putInt(block).putInt(offset).putInt(bytes.remaining()).flip();
        waiting = new ByteBuffer[] {header, bytes};
        turn(nowNs);
    }

    /** Goes on with what waits. */
    public void turn(long nowNs) {
        try {
            switch (state) {
                case CONNECTING -> connect(nowNs);
                case OPEN -> write(nowNs);
                case FAILED -> {}
            }
        } catch (IOException e) {
            fail(String.valueOf(e.getMessage()), state == State.CONNECTING);
        }
    }

    private void connect(long nowNs) throws IOException {
        if (channel.finishConnect()) {
            channel.write(waiting);
            int count = channel.read(answer);
            if (count > 0 && answer.get(0) == BulkFormat.WELCOME) {
                state = State.OPEN;
                progressNs = nowNs;
            } else if (count != 0) {
                fail("whoever is there does not know the token", true);
            }
        }
        if (state == State.CONNECTING && nowNs - connectByNs >= 0) {
            fail("nobody welcomed it in time", true);
        }
    }

    private void write(long nowNs) throws IOException {
        if (!hasWaiting() || writeWaiting() > 0) {
            progressNs = nowNs;
        }
        // The peer has nothing more to say: all that can come is its end.
        if (channel.read(answer.clear()) != 0) {
            fail("the peer closed the connection", false);
        } else if (nowNs - progressNs >= stallNs) {
            fail("no byte left in time", true);
        }
    }

    /** In slices: whatever of an array a write does not take has been copied in vain. */
    private long writeWaiting() throws IOException {
        ByteBuffer bytes = waiting[1];
        int end = bytes.limit();
        long written = 0;
        boolean isTaken = true;
        while (isTaken && hasWaiting()) {
            bytes.limit(Math.min(end, bytes.position() + SLICE_BYTES));
            written += channel.write(waiting);
            isTaken = !hasWaiting();
            bytes.limit(end);
        }
        return written;
    }

    private boolean hasWaiting() {
        return waiting[0].hasRemaining() || waiting[1].hasRemaining();
    }

    /** Why nothing can be sent any more; null while it can. */
    public @Nullable String failure() {
        return failure;
    }

    /** Whether it failed for the way to the peer, not for the peer or the transfer. */
    public boolean isUnreachable() {
        return isUnreachable;
    }

    private void fail(String why, boolean isWay) {
        state = State.FAILED;
        failure = why;
        isUnreachable = isWay;
        Channels.close(channel);
    }

    /** What has left still arrives; what waits does not. Repeatable. */
    public void close() {
        Channels.close(channel);
    }
}
