package dev.tropical.engine.transfer;

import com.google.protobuf.ByteString;
import dev.tropical.engine.model.BlockLink;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An end of a link between two devices, which is closed when it breaks or makes no progress in
 * time: the peer may have died in the middle of a copy, which would never end. Loop thread.
 */
final class WatchedLink {
    private static final Logger LOG = LoggerFactory.getLogger(WatchedLink.class);

    private final ByteString id;
    private final String peer;
    private final BlockLink link;
    private final long timeoutNs;
    private BlockLink.State state = BlockLink.State.OPENING;
    private boolean isClosed;
    private long last;
    private long done;
    private long progressNs;

    /**
     * @param peer engine and incarnation at the other end
     * @param timeout without progress, where something is to be done
     */
    WatchedLink(ByteString id, String peer, BlockLink link, Duration timeout, long nowNs) {
        this.id = id;
        this.peer = peer;
        this.link = link;
        this.timeoutNs = timeout.toNanos();
        this.progressNs = nowNs;
    }

    ByteString id() {
        return id;
    }

    String peer() {
        return peer;
    }

    boolean isOpen() {
        return !isClosed && state == BlockLink.State.OPEN;
    }

    boolean isClosed() {
        return isClosed;
    }

    /** Whether it opens, or anything is under way. */
    boolean isBusy() {
        return !isClosed && (state == BlockLink.State.OPENING || done < last);
    }

    boolean isDone(long number) {
        return number <= done;
    }

    /** Whether what got this number will not touch any block any more, done or given up. */
    boolean isOver(long number) {
        return isClosed || number <= done;
    }

    void turn(long nowNs) {
        if (isClosed) {
            return;
        }
        BlockLink.State now = link.turn();
        if (now != state || link.done() > done || !isBusy()) {
            progressNs = nowNs;
        }
        if (now == BlockLink.State.OPEN && state != now) {
            LOG.info("link with {} is open", peer);
        }
        state = now;
        done = link.done();
        if (state == BlockLink.State.BROKEN) {
            close("it broke");
        } else if (nowNs - progressNs >= timeoutNs) {
            close("no progress within " + timeoutNs / 1_000_000 + " ms");
        }
    }

    long send(int[] blocks) {
        last = link.send(blocks);
        return last;
    }

    long receive(int[] from, int[] into) {
        last = link.receive(from, into);
        return last;
    }

    void discard(int count) {
        last = link.discard(count);
    }

    void close(String why) {
        if (!isClosed) {
            isClosed = true;
            link.close();
            LOG.info("link with {} closed: {}", peer, why);
        }
    }
}
