package dev.tropical.engine.cuda;

import dev.tropical.engine.model.BlockLink;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The receiver's end of a link whose sender's memory is mapped here: this GPU's copy engines read
 * blocks as they are announced. No multiprocessor of either GPU is taken from its steps; NCCL's
 * kernels, which need some at both ends, took three times as long beside a prefill (1 and 3 us a
 * token of a 20B model). The sender lets nobody write to a block before it hears that the sequence
 * has been taken over, or has said that it is given up.
 *
 * <p>The memory may go at any time, with its process. A call that fails then breaks the link; where
 * the error is the device's, and not this link's, the engine's next step meets it too.
 */
final class CopyLink implements BlockLink {
    private static final Logger LOG = LoggerFactory.getLogger(CopyLink.class);

    private final SharedPool from;
    private final KvPool pool;
    private final Owned owned = new Owned();
    private final Stream stream = owned.add(new Stream());
    private final Address source = new Address(0);
    private final Address target = new Address(0);
    private final StreamMarks marks = owned.add(new StreamMarks(stream));
    private @Nullable Pointer base;
    private State state = State.OPEN;
    private long asked;
    private long done;
    private boolean isClosed;

    /** Open, or broken from the start when the sender's pool cannot be mapped. */
    CopyLink(SharedPool from, KvPool pool) {
        this.from = from;
        this.pool = pool;
        if (from.blockBytes() != pool.blockBytes()) {
            breakFor("blocks of " + from.blockBytes() + " bytes", pool.blockBytes());
            return;
        }
        attempt(() -> base = from.map(), "the sender's KV pool cannot be mapped");
    }

    /** Only this link depends on whether a call about the sender's memory succeeds. */
    private void attempt(Runnable call, String failure) {
        try {
            call.run();
        } catch (CudaException e) {
            // Reported once more by the next call that asks, unless it is taken away here.
            cudart.cudaGetLastError();
            LOG.warn("a link broke: {}: {}", failure, e.getMessage());
            state = State.BROKEN;
        }
    }

    private void breakFor(String what, int expected) {
        LOG.warn("a link broke: {} (expected: {})", what, expected);
        state = State.BROKEN;
    }

    @Override
    public State turn() {
        if (state != State.BROKEN) {
            attempt(() -> done = marks.reached(), "blocks were not copied");
        }
        return state;
    }

    @Override
    public long send(int[] blocks) {
        throw new IllegalStateException("asked to send (expected: to receive)");
    }

    @Override
    public long receive(int[] fromIds, int[] into) {
        asked++;
        Pointer sender = base;
        if (sender != null && state != State.BROKEN && areOf(fromIds, into)) {
            attempt(() -> copyAll(sender, fromIds, into), "blocks cannot be copied");
        }
        return asked;
    }

    private void copyAll(Pointer sender, int[] fromIds, int[] into) {
        int first = 0;
        while (first < into.length) {
            int end = first + 1;
            while (end < into.length
                    && fromIds[end] == fromIds[end - 1] + 1
                    && into[end] == into[end - 1] + 1) {
                end++;
            }
            copy(sender, fromIds[first], into[first], end - first);
            first = end;
        }
        marks.add(asked);
    }

    /** Copies blocks that are neighbours at both ends. */
    private void copy(Pointer sender, int fromId, int into, int count) {
        long bytes = pool.blockBytes();
        source.at(sender.address() + fromId * bytes);
        target.at(pool.blocks().address() + into * bytes);
        stream.copy(target, source, count * bytes);
    }

    /** A wrong id would be read from anywhere. */
    private boolean areOf(int[] fromIds, int[] into) {
        if (fromIds.length != into.length) {
            breakFor(fromIds.length + " ids of blocks", into.length);
            return false;
        }
        for (int id : fromIds) {
            if (id < 0 || id >= from.numBlocks()) {
                breakFor("block " + id, from.numBlocks());
                return false;
            }
        }
        return true;
    }

    @Override
    public long discard(int count) {
        asked++;
        attempt(() -> marks.add(asked), "the end of copies cannot be marked");
        return asked;
    }

    @Override
    public long done() {
        return done;
    }

    boolean isClosed() {
        return isClosed;
    }

    /** Copies under way end within milliseconds. */
    @Override
    public void close() {
        if (isClosed) {
            return;
        }
        isClosed = true;
        state = State.BROKEN;
        attempt(stream::synchronize, "its last copies failed");
        attempt(owned::close, "its stream cannot be freed");
        Pointer mapped = base;
        if (mapped != null) {
            attempt(() -> SharedPool.unmap(mapped), "the sender's KV pool stays mapped");
            base = null;
        }
    }
}
