package dev.tropical.engine.cuda;

import dev.tropical.engine.model.DType;
import dev.tropical.engine.model.ModelLoadException;
import dev.tropical.engine.model.ModelRunner;
import dev.tropical.engine.model.ModelSpec;
import dev.tropical.protocol.wire.SamplingParams;
import dev.tropical.scheduling.batch.StepPlan;
import dev.tropical.scheduling.batch.StepResult;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * A model on several GPUs: rank 0, the leader, on the calling thread and each other rank on its
 * own. All ranks get all calls in the same order and draw the same tokens, each for itself, as each
 * has all logits: so only the leader's results are read.
 */
final class TensorParallelRunner implements ModelRunner {
    /** From the first rank's arrival at a meeting to the last's: weights are read meanwhile. */
    private static final Duration LOAD_TIMEOUT = Duration.ofMinutes(10);

    private final RankGroup group;
    private final RankRunner leader;
    private final List<RankThread> followers;
    private final ModelSpec spec;
    private final KvShares shares;

    private TensorParallelRunner(
            RankGroup group, RankRunner leader, List<RankThread> followers, int kvPlanes) {
        this.group = group;
        this.leader = leader;
        this.followers = followers;
        int ranks = followers.size() + 1;
        this.spec =
                leader.spec().withBlockBytes(Math.multiplyExact(leader.spec().blockBytes(), ranks));
        this.shares = new KvShares(spec.blockBytes() / kvPlanes, ranks);
    }

    /**
     * Loads all ranks at the same time.
     *
     * @param kvPlanes keys and values of all layers
     * @throws ModelLoadException when one cannot be loaded; the others are freed
     */
    static ModelRunner load(int ranks, int kvPlanes, RankThread.Loader loader)
            throws ModelLoadException {
        RankGroup group = new RankGroup(ranks, LOAD_TIMEOUT);
        List<RankThread> followers =
                IntStream.range(1, ranks)
                        .mapToObj(rank -> new RankSeat(new Shard(rank, ranks), group))
                        .map(seat -> new RankThread(seat, loader))
                        .toList();
        RankRunner leader = null;
        try {
            leader = loader.load(new RankSeat(new Shard(0, ranks), group));
            followers.forEach(RankThread::runner);
            return new TensorParallelRunner(group, leader, followers, kvPlanes);
        } catch (ModelLoadException | RuntimeException e) {
            Throwable first = group.fail(e);
            followers.forEach(RankThread::close);
            if (leader != null) {
                leader.close();
            }
            // The other ranks only say that this one has failed.
            if (first instanceof ModelLoadException why) {
                throw why;
            }
            throw e;
        }
    }

    @Override
    public ModelSpec spec() {
        return spec;
    }

    @Override
    public DType kvType() {
        return leader.kvType();
    }

    @Override
    public void bind(int slot, SamplingParams sampling, int[] prompt, int[] generated) {
        group.check();
        leader.bind(slot, sampling, prompt, generated);
        followers.forEach(f -> f.post(runner -> runner.bind(slot, sampling, prompt, generated)));
    }

    @Override
    public void release(int slot) {
        leader.release(slot);
        followers.forEach(follower -> follower.post(runner -> runner.release(slot)));
    }

    @Override
    public void launch(StepPlan plan) {
        group.check();
        // The leader's kernels wait for the others': those should not start later than its own.
        leader.check(plan);
        followers.forEach(follower -> follower.launch(plan));
        leader.launch(plan);
    }

    /**
     * @throws CudaException when a rank has failed: the steps in flight will not end
     */
    @Override
    public Optional<StepResult> poll(long timeoutNs) throws InterruptedException {
        group.check();
        return leader.poll(timeoutNs);
    }

    @Override
    public void readBlock(int block, int offset, ByteBuffer out) {
        int length = out.remaining();
        ByteBuffer[] parts = parts(offset, length);
        for (int rank = 0; rank < parts.length; rank++) {
            if (parts[rank].hasRemaining()) {
                runner(rank).readBlock(block, shares.rankOffset(rank, offset), parts[rank]);
                parts[rank].flip();
            }
        }
        for (KvShares.Piece piece : shares.pieces(offset, length)) {
            copy(parts[piece.rank()], out, piece.length());
        }
    }

    @Override
    public void writeBlock(int block, int offset, ByteBuffer in) {
        int length = in.remaining();
        ByteBuffer[] parts = parts(offset, length);
        for (KvShares.Piece piece : shares.pieces(offset, length)) {
            copy(in, parts[piece.rank()], piece.length());
        }
        for (int rank = 0; rank < parts.length; rank++) {
            ByteBuffer part = parts[rank].flip();
            if (part.hasRemaining()) {
                runner(rank).writeBlock(block, shares.rankOffset(rank, offset), part);
            }
        }
    }

    /** What each rank has of a range of a whole block; empty buffers of that size. */
    private ByteBuffer[] parts(int offset, int length) {
        ByteBuffer[] parts = new ByteBuffer[followers.size() + 1];
        for (int rank = 0; rank < parts.length; rank++) {
            int begin = shares.rankOffset(rank, offset);
            parts[rank] = ByteBuffer.allocate(shares.rankOffset(rank, offset + length) - begin);
        }
        return parts;
    }

    private static void copy(ByteBuffer from, ByteBuffer to, int length) {
        to.put(from.duplicate().limit(from.position() + length));
        from.position(from.position() + length);
    }

    /** Blocks of any rank may be copied by any thread. */
    private RankRunner runner(int rank) {
        return rank == 0 ? leader : followers.get(rank - 1).runner();
    }

    @Override
    public void close() {
        try {
            followers.forEach(RankThread::close);
        } finally {
            leader.close();
        }
    }
}
