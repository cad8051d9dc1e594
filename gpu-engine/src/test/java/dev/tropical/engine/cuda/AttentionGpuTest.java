package dev.tropical.engine.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.engine.model.DType;
import dev.tropical.engine.model.ModelConfig;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Attention over scattered blocks, ragged batches and windows, against float64. */
@Tag("gpu")
class AttentionGpuTest {
    /** Weights and results are rounded to bf16, 2^-9 of themselves at most. */
    private static final double TOLERANCE = 4e-3;

    private static final int LAYER = 1;

    private final Random random = new Random();

    @ParameterizedTest
    @CsvSource({
        "128, 8, 2, 16, 0",
        "128, 16, 8, 16, 0",
        "128, 6, 6, 4, 0",
        "128, 32, 1, 16, 100",
        "64, 6, 2, 1, 0",
        "64, 4, 1, 16, 70",
        "16, 6, 2, 4, 16",
        "96, 4, 2, 32, 0",
        "256, 2, 1, 16, 0"
    })
    void shouldAttendSingleTokens(int headDim, int heads, int kvHeads, int blockSize, int window) {
        // The longest is cut into more shares than are put together at once.
        int[] lengths = {1, 0, 5, 16, 64, 65, 257, 1000, 3001, 20011};
        int[] starts = Arrays.stream(lengths).map(length -> length - 1).toArray();
        int[] news = Arrays.stream(lengths).map(length -> Math.min(length, 1)).toArray();
        try (GpuArrays gpu = new GpuArrays()) {
            Case attention =
                    new Case(gpu, headDim, heads, kvHeads, blockSize, window, starts, news);
            try (DecodeAttention kernels = attention.decode()) {
                DecodeAttention.Decodes decodes =
                        new DecodeAttention.Decodes(
                                gpu.ints(lengths).address(),
                                gpu.ints(attention.firstRows).address(),
                                gpu.ints(attention.tables).address(),
                                attention.blocks.address(),
                                lengths.length);
                // Twice: what the first layer leaves behind must not matter to the second.
                kernels.plan(gpu.stream, decodes);
                gpu.stream.synchronize();
                for (int layer = 0; layer <= LAYER; layer++) {
                    kernels.launch(
                            gpu.stream,
                            attention.qkv.address(),
                            attention.cache.address(),
                            decodes,
                            attention.out.address(),
                            layer);
                }
                attention.check();
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "128, 8, 2, 16, 0",
        "128, 6, 6, 4, 0",
        "128, 4, 1, 16, 100",
        "128, 4, 2, 64, 0",
        "64, 6, 2, 1, 0",
        "64, 6, 2, 16, 0",
        "64, 4, 1, 16, 7",
        "64, 4, 2, 8, 300",
        "16, 6, 2, 4, 16",
        "96, 4, 2, 32, 300",
        "256, 2, 1, 16, 0"
    })
    void shouldAttendChunks(int headDim, int heads, int kvHeads, int blockSize, int window) {
        attendChunks(GpuDevice.open(0).capability(), headDim, heads, kvHeads, blockSize, window);
    }

    /** The kernel that other GPUs use, where Hopper has one of its own. */
    @ParameterizedTest
    @CsvSource({"128, 8, 2, 16, 0", "64, 4, 2, 8, 300"})
    void shouldAttendChunksOnOtherGpus(
            int headDim, int heads, int kvHeads, int blockSize, int window) {
        attendChunks(80, headDim, heads, kvHeads, blockSize, window);
    }

    private void attendChunks(
            int capability, int headDim, int heads, int kvHeads, int blockSize, int window) {
        int[] starts = {0, 3, 64, 1000, 0, 129};
        int[] news = {1, 40, 128, 17, 300, 129};
        try (GpuArrays gpu = new GpuArrays()) {
            Case attention =
                    new Case(gpu, headDim, heads, kvHeads, blockSize, window, starts, news);
            int[] chunks = new int[starts.length * InputLayout.CHUNK_INTS];
            int[] tiles = new int[100];
            int tileCount = 0;
            for (int i = 0; i < starts.length; i++) {
                int[] chunk = {
                    attention.firstRows[i], starts[i], news[i], attention.tables[i], 0, 0, 0, 0
                };
                System.arraycopy(chunk, 0, chunks, i * chunk.length, chunk.length);
                for (int tile = 0; tile < news[i]; tile += PrefillAttention.TILE_QUERIES) {
                    tiles[2 * tileCount] = i;
                    tiles[2 * tileCount + 1] = tile;
                    tileCount++;
                }
            }
            try (PrefillAttention kernels = attention.prefill(capability)) {
                kernels.launch(
                        gpu.stream,
                        attention.qkv.address(),
                        new PrefillAttention.Chunks(
                                gpu.ints(chunks).address(),
                                gpu.ints(tiles).address(),
                                attention.blocks.address(),
                                tileCount),
                        attention.out.address(),
                        LAYER);
                attention.check();
            }
        }
    }

    /** Random queries, and a cache whose blocks lie anywhere. */
    private final class Case {
        final GpuArrays gpu;
        final ModelConfig config;
        final KvLayout layout;
        final int[] starts;
        final int[] news;
        final int[] firstRows;
        final int[] tables;
        final int[] blockIds;
        final float[] hostQkv;
        final float[] hostCache;
        final DeviceBuffer qkv;
        final DeviceBuffer cache;
        final DeviceBuffer blocks;
        final DeviceBuffer out;
        final int tokens;

        Case(
                GpuArrays gpu,
                int headDim,
                int heads,
                int kvHeads,
                int blockSize,
                int window,
                int[] starts,
                int[] news) {
            this.gpu = gpu;
            this.starts = starts;
            this.news = news;
            config = GpuTests.config(64, heads, kvHeads, headDim, window);
            layout = KvLayout.of(config, blockSize, DType.BF16);
            firstRows = new int[starts.length];
            tables = new int[starts.length];
            int rows = 0;
            int count = 0;
            for (int i = 0; i < starts.length; i++) {
                firstRows[i] = rows;
                tables[i] = count;
                rows += news[i];
                count += (starts[i] + news[i] + blockSize - 1) / blockSize;
            }
            tokens = rows;
            blockIds = random.ints(0, count + 3).distinct().limit(count).toArray();
            hostQkv = GpuArrays.random(random, tokens * width(), 1);
            int elements = (int) ((count + 3) * layout.blockElements());
            hostCache = GpuArrays.random(random, elements, 1);
            qkv = gpu.bf16(hostQkv);
            cache = gpu.bf16(hostCache);
            blocks = gpu.ints(blockIds);
            out = gpu.poisoned(2L * tokens * heads * headDim);
        }

        private int width() {
            return (config.numHeads() + 2 * config.numKvHeads()) * config.headDim();
        }

        DecodeAttention decode() {
            GpuDevice device = GpuDevice.open(0);
            return new DecodeAttention(
                    GpuTests.compiler(device), device, config, layout, starts.length);
        }

        PrefillAttention prefill(int capability) {
            KernelCompiler compiler = GpuTests.compiler(GpuDevice.open(0));
            return new PrefillAttention(compiler, capability, config, layout, cache);
        }

        void check() {
            int size = config.numHeads() * config.headDim();
            double[] expected = new double[tokens * size];
            for (int i = 0; i < starts.length; i++) {
                for (int token = 0; token < news[i]; token++) {
                    for (int head = 0; head < config.numHeads(); head++) {
                        attend(i, token, head, expected);
                    }
                }
            }
            double error = GpuArrays.error(gpu.readBf16(out), expected);
            System.out.printf("attention error %.2e%n", error);
            assertThat(error).isLessThan(TOLERANCE);
        }

        private void attend(int sequence, int token, int head, double[] expected) {
            int dim = config.headDim();
            int row = firstRows[sequence] + token;
            int position = starts[sequence] + token;
            int window = config.windows().get(LAYER);
            int first = window == 0 ? 0 : Math.max(0, position + 1 - window);
            int kvHead = head / config.groupSize();
            double[] weights = new double[position + 1];
            double total = 0;
            for (int key = first; key <= position; key++) {
                int at = index(sequence, key, kvHead);
                double score = 0;
                for (int d = 0; d < dim; d++) {
                    score += (double) hostQkv[row * width() + head * dim + d] * hostCache[at + d];
                }
                weights[key] = Math.exp(score / Math.sqrt(dim));
                total += weights[key];
            }
            for (int key = first; key <= position; key++) {
                int at = index(sequence, key, config.numKvHeads() + kvHead);
                for (int d = 0; d < dim; d++) {
                    expected[(row * config.numHeads() + head) * dim + d] +=
                            weights[key] / total * hostCache[at + d];
                }
            }
        }

        private int index(int sequence, int position, int keyOrValueHead) {
            int size = layout.blockSize();
            int block = blockIds[tables[sequence] + position / size];
            int perLayer = 2 * layout.kvHeads() * size * layout.headDim();
            return (int) (block * layout.blockElements())
                    + LAYER * perLayer
                    + keyOrValueHead * size * layout.headDim()
                    + position % size * layout.headDim();
        }
    }
}
