package dev.tropical.engine.cuda;

import dev.tropical.engine.model.ModelConfig;
import java.util.List;
import org.bytedeco.javacpp.LongPointer;

/**
 * Exchanges parts of results with the other ranks' GPUs: few rows by our own kernels, which write
 * to the peers' memory, many by NCCL. On the kernels' time limits see {@code peers.cuh}.
 */
final class PeerExchange implements Exchange {
    /** Up to so many bytes of a rank's part are summed up in one shot. */
    static final int ONE_SHOT_BYTES = 1 << 20;

    /** Blocks of gather_logits and their threads: all of them fit on the GPU at a time. */
    private static final int GATHER_BLOCKS = 128;

    private static final int GATHER_THREADS = 256;

    private final Owned owned = new Owned();
    private final Shard shard;
    private final ModelConfig config;
    private final Kernels kernels;
    private final Activations memory;
    private final int maxRows;
    private final Kernel reduce;
    private final Kernel gather;
    private final DeviceBuffer rowTurns;
    private final DeviceBuffer blockEpochs;
    private final LongPointer inboxes;
    private final LongPointer matrices;
    private final NcclCommunicator communicator;

    /** Where the others write to, on one rank's GPU. */
    private record Places(int gpu, long inbox, long logits, long flags) {}

    /**
     * Meets the other ranks.
     *
     * @param config of the rank
     */
    PeerExchange(
            KernelCompiler compiler,
            GpuDevice device,
            ModelConfig config,
            Kernels kernels,
            Activations memory,
            RankSeat seat) {
        this.shard = seat.shard();
        this.config = config;
        this.kernels = kernels;
        this.memory = memory;
        maxRows = Math.max(1, ONE_SHOT_BYTES / (2 * config.hiddenSize()));
        String ranks = "RANKS=" + shard.ranks();
        List<String> norms = List.of(ranks, Kernels.normTurns(config));
        reduce = load(compiler, "all_reduce_norm", 11, norms);
        gather = load(compiler, "gather_logits", 6, List.of(ranks));
        long inboxBytes = 2L * maxRows * shard.ranks() * 2 * config.hiddenSize();
        DeviceBuffer inbox = owned.device(inboxBytes).zeroed();
        DeviceBuffer flags = owned.device(4L * GATHER_BLOCKS * shard.ranks()).zeroed();
        rowTurns = owned.device(4L * maxRows).zeroed();
        blockEpochs = owned.device(4L * GATHER_BLOCKS).zeroed();
        Places own =
                new Places(
                        device.index(), inbox.address(), memory.logits.address(), flags.address());
        List<Places> all = seat.exchange(own);
        inboxes = owned.add(new LongPointer(shard.ranks()));
        matrices = owned.add(new LongPointer(2L * shard.ranks()));
        for (int rank = 0; rank < shard.ranks(); rank++) {
            Places places = all.get(rank);
            if (rank != shard.rank()) {
                device.mapMemoryOf(places.gpu);
            }
            inboxes.put(rank, places.inbox);
            matrices.put(rank, places.logits);
            matrices.put((long) shard.ranks() + rank, places.flags);
        }
        byte[] id = shard.isFirst() ? NcclCommunicator.newId() : new byte[0];
        communicator = owned.add(new NcclCommunicator(seat.exchange(id).get(0), shard));
    }

    private Kernel load(KernelCompiler compiler, String name, int arguments, List<String> defines) {
        return owned.add(new KernelModule(compiler.compile(name + ".cu", defines)))
                .kernel(name, arguments, 0)
                .overlapping();
    }

    @Override
    public void addAndNorm(Stream stream, Kernels.Norm norm, int tokens, int count) {
        if (count > maxRows) {
            communicator.allReduce(stream, norm.delta(), (long) tokens * config.hiddenSize());
            kernels.rmsNorm(stream, norm, count);
            return;
        }
        reduce.with(inboxes)
                .with(rowTurns)
                .with(norm.residual())
                .with(norm.delta())
                .with(norm.weight())
                .with(norm.rows())
                .with(norm.out())
                .withInt(shard.rank())
                .withInt(maxRows)
                .withInt(config.hiddenSize())
                .withFloat(config.normEps())
                .launch(stream, count, 1, kernels.normThreads());
    }

    @Override
    public void gatherLogits(Stream stream, int count) {
        int ownVocab = shard.share(config.vocabSize());
        int pieces = (int) (((long) count * ownVocab / 4 + GATHER_THREADS - 1) / GATHER_THREADS);
        gather.with(matrices)
                .with(blockEpochs)
                .with(memory.ownLogits)
                .withInt(shard.rank())
                .withInt(count)
                .withInt(ownVocab)
                .launch(stream, Math.min(GATHER_BLOCKS, pieces), 1, GATHER_THREADS);
    }

    @Override
    public void close() {
        owned.close();
    }
}
