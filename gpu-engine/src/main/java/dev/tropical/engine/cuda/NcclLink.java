package dev.tropical.engine.cuda;

import dev.tropical.engine.model.BlockLink;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Objects;
import org.bytedeco.cuda.global.nccl;
import org.bytedeco.cuda.nccl.ncclComm;
import org.bytedeco.cuda.nccl.ncclConfig_t;
import org.bytedeco.cuda.nccl.ncclUniqueId;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A communicator of two, whose calls do not block: NCCL goes on in threads of its own, and is asked
 * how far it is. Until it says that a message is launched, nothing may follow it on the stream; so
 * the next one waits here. Blocks are gathered into a message and scattered from it, as few large
 * messages are several times as fast as one for each block.
 */
final class NcclLink implements BlockLink {
    private static final Logger LOG = LoggerFactory.getLogger(NcclLink.class);

    private static final int ENDS = 2;

    /** Of a message: larger ones are 2 % faster at most. */
    static final long MESSAGE_BYTES = 128L << 20;

    private final KvPool pool;
    private final BlockMover mover;
    private final int peer;
    private final boolean isSender;
    private final ncclComm handle = new ncclComm();
    private final Owned owned = new Owned();
    private final Stream stream = owned.add(Stream.urgent());
    private final int messageBlocks;
    private final @Nullable DeviceBuffer message;
    private final Deque<Copies> waiting = new ArrayDeque<>();
    private final StreamMarks marks = owned.add(new StreamMarks(stream));
    private State state = State.OPENING;
    private @Nullable Copies launching;
    private long asked;
    private long done;
    private boolean isClosed;

    /**
     * Blocks that go in one message; -1 = to nowhere.
     *
     * @param number of what is done after it
     */
    private record Copies(long number, int[] blocks) {}

    /** Begins to meet the other end, on the GPU that the thread uses; broken if that is full. */
    NcclLink(byte[] id, boolean isSender, KvPool pool, BlockMover mover, int ctas) {
        this.pool = pool;
        this.mover = mover;
        this.messageBlocks =
                (int)
                        Math.min(
                                BlockMover.MAX_BLOCKS,
                                Math.max(1, MESSAGE_BYTES / pool.blockBytes()));
        this.isSender = isSender;
        this.peer = isSender ? 1 : 0;
        long bytes = (long) messageBlocks * pool.blockBytes();
        this.message = DeviceBuffer.ifThereIsRoom(bytes);
        if (message == null) {
            LOG.warn("no link: {} bytes for its messages are not free on the GPU", bytes);
            state = State.BROKEN;
            return;
        }
        owned.add(message);
        try (ncclUniqueId unique = new ncclUniqueId();
                ncclConfig_t config = config(ctas)) {
            unique.internal().put(id);
            int rank = isSender ? 0 : 1;
            int code = nccl.ncclCommInitRankConfig(handle, ENDS, unique, rank, config);
            breakUnless(code == nccl.ncclSuccess || code == nccl.ncclInProgress, code);
        }
    }

    /** What NCCL's own initializer sets, but that calls return at once and few blocks are used. */
    private static ncclConfig_t config(int ctas) {
        int undefined = Integer.MIN_VALUE;
        ncclConfig_t config = new ncclConfig_t();
        config.size(config.sizeof())
                .magic(0xcafebeef)
                .version(nccl.NCCL_VERSION_CODE)
                .blocking(0)
                .cgaClusterSize(undefined)
                .minCTAs(1)
                .maxCTAs(ctas)
                .netName(null)
                .splitShare(undefined)
                .trafficClass(undefined)
                .commName(null)
                .collnetEnable(undefined)
                .CTAPolicy(undefined)
                .shrinkShare(undefined)
                .nvlsCTAs(undefined)
                .nChannelsPerNetPeer(undefined)
                .nvlinkCentricSched(undefined)
                .graphUsageMode(undefined)
                .numRmaCtx(undefined);
        return config;
    }

    @Override
    public State turn() {
        if (state == State.BROKEN || !isSettled()) {
            return state;
        }
        if (state == State.OPENING) {
            state = State.OPEN;
        }
        if (launching != null) {
            launched(launching);
        }
        while (state == State.OPEN && launching == null && !waiting.isEmpty()) {
            launch(waiting.remove());
        }
        done = marks.reached();
        return state;
    }

    /** Whether NCCL has done what it was asked for, up to the launch of kernels. */
    private boolean isSettled() {
        int[] code = new int[1];
        int asking = nccl.ncclCommGetAsyncError(handle, code);
        breakUnless(asking == nccl.ncclSuccess, asking);
        if (code[0] == nccl.ncclInProgress) {
            return false;
        }
        breakUnless(code[0] == nccl.ncclSuccess, code[0]);
        return state != State.BROKEN;
    }

    private void breakUnless(boolean isFine, int code) {
        if (!isFine && state != State.BROKEN) {
            state = State.BROKEN;
            LOG.warn(
                    "the {} of a link broke: {}",
                    isSender ? "sender" : "receiver",
                    nccl.ncclGetErrorString(code).getString());
        }
    }

    private void launch(Copies copies) {
        if (isSender) {
            mover.gather(stream, pool, copies.blocks, message());
        }
        int code = exchange((long) copies.blocks.length * pool.blockBytes());
        if (code == nccl.ncclInProgress) {
            launching = copies;
        } else if (code == nccl.ncclSuccess) {
            launched(copies);
        } else {
            breakUnless(false, code);
        }
    }

    private int exchange(long bytes) {
        Pointer place = message().pointer();
        return isSender
                ? nccl.ncclSend(place, bytes, nccl.ncclUint8, peer, handle, stream.handle())
                : nccl.ncclRecv(place, bytes, nccl.ncclUint8, peer, handle, stream.handle());
    }

    /** There unless the link is broken from the start, and then nothing is launched. */
    private DeviceBuffer message() {
        return Objects.requireNonNull(message);
    }

    private void launched(Copies copies) {
        if (!isSender) {
            mover.scatter(stream, pool, copies.blocks, message());
        }
        marks.add(copies.number);
        launching = null;
    }

    @Override
    public long send(int[] blocks) {
        return ask(blocks, true);
    }

    @Override
    public long receive(int[] from, int[] into) {
        return ask(into, false);
    }

    @Override
    public long discard(int count) {
        int[] nowhere = new int[count];
        Arrays.fill(nowhere, -1);
        return ask(nowhere, false);
    }

    private long ask(int[] blocks, boolean isSending) {
        if (isSending != isSender || blocks.length > MAX_BLOCKS) {
            throw new IllegalArgumentException(
                    blocks.length
                            + " blocks to "
                            + (isSending ? "send" : "receive")
                            + " (expected: at most "
                            + MAX_BLOCKS
                            + ", the other way)");
        }
        for (int i = 0; i < blocks.length; i += messageBlocks) {
            int end = Math.min(blocks.length, i + messageBlocks);
            // Only with the last of its messages is what is asked for done.
            long number = end == blocks.length ? asked + 1 : asked;
            waiting.add(new Copies(number, Arrays.copyOfRange(blocks, i, end)));
        }
        return blocks.length == 0 ? asked : ++asked;
    }

    @Override
    public long done() {
        return done;
    }

    boolean isClosed() {
        return isClosed;
    }

    /** Aborts: destroying would wait for the other end, which may be dead. */
    @Override
    public void close() {
        if (isClosed) {
            return;
        }
        isClosed = true;
        state = State.BROKEN;
        if (!handle.isNull()) {
            int code = nccl.ncclCommAbort(handle);
            if (code != nccl.ncclSuccess && code != nccl.ncclInProgress) {
                LOG.warn("ncclCommAbort: {}", nccl.ncclGetErrorString(code).getString());
            }
        }
        stream.synchronize();
        owned.close();
    }
}
