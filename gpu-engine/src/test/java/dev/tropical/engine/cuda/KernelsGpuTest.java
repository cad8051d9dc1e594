package dev.tropical.engine.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.engine.model.DType;
import dev.tropical.engine.model.ModelConfig;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Each kernel that works on tokens one by one, against float64. */
@Tag("gpu")
class KernelsGpuTest {
    private static final int HIDDEN = 1032;
    private static final int TOKENS = 37;
    private static final int HEADS = 6;
    private static final int KV_HEADS = 2;
    private static final int DIM = 48;
    private static final int BLOCK = 4;

    /** A result rounded to bf16 once is off by 2^-9 of itself at most, 1.7e-3 on average. */
    private static final double ONE_ROUNDING = 2.5e-3;

    private static final ModelConfig CONFIG = GpuTests.config(HIDDEN, HEADS, KV_HEADS, DIM, 0);
    private static final KvLayout LAYOUT = KvLayout.of(CONFIG, BLOCK, DType.BF16);

    private static Kernels kernels;
    private static Random random;

    @BeforeAll
    static void load() {
        kernels = new Kernels(GpuTests.compiler(GpuDevice.open(0)), CONFIG, LAYOUT);
        random = new Random();
    }

    @AfterAll
    static void unload() {
        kernels.close();
    }

    @Test
    void shouldEmbedIdsAndTheLastTokensOfSlots() {
        try (GpuArrays gpu = new GpuArrays()) {
            int rows = 50;
            float[] table = GpuArrays.random(random, rows * HIDDEN, 1);
            Matrix matrix = new Matrix(gpu.bf16(table).address(), rows + 6, HIDDEN, 0);
            int[] ids = {3, 49, -1 - 2, 0, -1 - 1};
            DeviceBuffer last = gpu.ints(11, -1, 31);
            DeviceBuffer out = gpu.poisoned(4L * ids.length * HIDDEN);
            kernels.embedding(
                    gpu.stream,
                    matrix,
                    gpu.ints(ids).address(),
                    last.address(),
                    out.address(),
                    ids.length);
            int[] read = {3, 49, 31, 0, 0};
            float[] values = gpu.readFloat32(out);
            for (int i = 0; i < read.length; i++) {
                assertThat(Arrays.copyOfRange(values, i * HIDDEN, (i + 1) * HIDDEN))
                        .isEqualTo(
                                Arrays.copyOfRange(
                                        table, read[i] * HIDDEN, (read[i] + 1) * HIDDEN));
            }
        }
    }

    @Test
    void shouldAddToTheResidualAndNormIt() {
        try (GpuArrays gpu = new GpuArrays()) {
            float[] before = GpuArrays.random(random, TOKENS * HIDDEN, 1);
            float[] delta = GpuArrays.random(random, TOKENS * HIDDEN, 1);
            float[] weight = GpuArrays.random(random, HIDDEN, 1);
            DeviceBuffer residual = gpu.float32(before);
            long deltas = gpu.bf16(delta).address();
            long weights = gpu.float32(weight).address();
            DeviceBuffer out = gpu.poisoned(2L * TOKENS * HIDDEN);
            kernels.rmsNorm(
                    gpu.stream,
                    new Kernels.Norm(residual.address(), deltas, weights, 0, out.address()),
                    TOKENS);
            double[] sum = new double[before.length];
            Arrays.setAll(sum, i -> (double) before[i] + delta[i]);
            assertThat(GpuArrays.error(gpu.readFloat32(residual), sum)).isLessThan(1e-7);
            assertThat(GpuArrays.error(gpu.readBf16(out), normed(sum, weight)))
                    .isLessThan(ONE_ROUNDING);
        }
    }

    @Test
    void shouldNormChosenRowsAndLeaveTheResidual() {
        try (GpuArrays gpu = new GpuArrays()) {
            float[] before = GpuArrays.random(random, TOKENS * HIDDEN, 1);
            float[] delta = GpuArrays.random(random, TOKENS * HIDDEN, 1);
            float[] weight = GpuArrays.random(random, HIDDEN, 1);
            int[] rows = {36, 0, 0, 17};
            DeviceBuffer residual = gpu.float32(before);
            DeviceBuffer out = gpu.poisoned(2L * rows.length * HIDDEN);
            kernels.rmsNorm(
                    gpu.stream,
                    new Kernels.Norm(
                            residual.address(),
                            gpu.bf16(delta).address(),
                            gpu.float32(weight).address(),
                            gpu.ints(rows).address(),
                            out.address()),
                    rows.length);
            double[] sum = new double[rows.length * HIDDEN];
            Arrays.setAll(
                    sum,
                    i -> {
                        int at = rows[i / HIDDEN] * HIDDEN + i % HIDDEN;
                        return (double) before[at] + delta[at];
                    });
            assertThat(gpu.readFloat32(residual)).isEqualTo(before);
            assertThat(GpuArrays.error(gpu.readBf16(out), normed(sum, weight)))
                    .isLessThan(ONE_ROUNDING);
        }
    }

    private static double[] normed(double[] values, float[] weight) {
        return normed(values, weight, HIDDEN);
    }

    private static double[] normed(double[] values, float[] weight, int size) {
        double[] out = new double[values.length];
        for (int row = 0; row < values.length; row += size) {
            double squares = 0;
            for (int i = row; i < row + size; i++) {
                squares += values[i] * values[i];
            }
            double scale = 1 / Math.sqrt(squares / size + CONFIG.normEps());
            for (int i = row; i < row + size; i++) {
                out[i] = values[i] * scale * weight[i - row];
            }
        }
        return out;
    }

    @Test
    void shouldTurnHeadsAndWriteTheCache() {
        checkQkvCache(false);
    }

    @Test
    void shouldNormHeadsBeforeTurningThem() {
        checkQkvCache(true);
    }

    private void checkQkvCache(boolean hasNorm) {
        int width = (HEADS + 2 * KV_HEADS) * DIM;
        int layer = 1;
        int blocks = 20;
        try (GpuArrays gpu = new GpuArrays()) {
            float[] qkv = GpuArrays.random(random, TOKENS * width, 1);
            float[] queryNorm = GpuArrays.random(random, DIM, 1);
            float[] keyNorm = GpuArrays.random(random, DIM, 1);
            int[] positions = random.ints(TOKENS, 0, 8192).toArray();
            int[] slots = shuffledSlots(blocks * BLOCK);
            slots[5] = -1;
            DeviceBuffer device = gpu.bf16(qkv);
            float[] before = GpuArrays.random(random, (int) (blocks * LAYOUT.blockElements()), 1);
            DeviceBuffer cache = gpu.bf16(before);
            DeviceBuffer turns = gpu.poisoned(8L * 8192 * DIM / 2);
            float[] frequencies = CONFIG.rope().frequencies(DIM);
            kernels.ropeTable(
                    gpu.stream, gpu.float32(frequencies).address(), turns.address(), 8192);
            GpuWeights.Layer norms =
                    new GpuWeights.Layer(
                            0,
                            null,
                            hasNorm ? gpu.float32(queryNorm).address() : 0,
                            hasNorm ? gpu.float32(keyNorm).address() : 0,
                            null,
                            0,
                            null,
                            null);
            kernels.qkvCache(
                    gpu.stream,
                    device.address(),
                    new Kernels.Places(
                            turns.address(),
                            gpu.ints(positions).address(),
                            gpu.ints(slots).address()),
                    norms,
                    cache.address(),
                    layer,
                    TOKENS);
            double[] expectedQkv = widen(qkv);
            double[] expectedCache = widen(before);
            for (int token = 0; token < TOKENS; token++) {
                for (int head = 0; head < HEADS + 2 * KV_HEADS; head++) {
                    int from = token * width + head * DIM;
                    double[] values = new double[DIM];
                    Arrays.setAll(values, i -> qkv[from + i]);
                    boolean isQuery = head < HEADS;
                    if (head < HEADS + KV_HEADS) {
                        if (hasNorm) {
                            values = normed(values, isQuery ? queryNorm : keyNorm, DIM);
                        }
                        values = turned(values, positions[token], frequencies);
                    }
                    if (isQuery) {
                        System.arraycopy(values, 0, expectedQkv, from, DIM);
                    } else if (slots[token] >= 0) {
                        int at = cacheIndex(slots[token], layer, head - HEADS);
                        System.arraycopy(values, 0, expectedCache, at, DIM);
                    }
                }
            }
            assertThat(GpuArrays.error(gpu.readBf16(device), expectedQkv)).isLessThan(ONE_ROUNDING);
            assertThat(GpuArrays.error(gpu.readBf16(cache), expectedCache))
                    .isLessThan(ONE_ROUNDING);
        }
    }

    /** Keys come as heads [0, KV_HEADS), values after them. */
    private static int cacheIndex(int slot, int layer, int keyOrValueHead) {
        int perLayer = 2 * KV_HEADS * BLOCK * DIM;
        return (int) (slot / BLOCK * LAYOUT.blockElements())
                + layer * perLayer
                + keyOrValueHead * BLOCK * DIM
                + slot % BLOCK * DIM;
    }

    private static double[] turned(double[] head, int position, float[] frequencies) {
        double[] out = new double[DIM];
        for (int i = 0; i < DIM / 2; i++) {
            double angle = position * frequencies[i];
            out[i] = head[i] * Math.cos(angle) - head[i + DIM / 2] * Math.sin(angle);
            out[i + DIM / 2] = head[i + DIM / 2] * Math.cos(angle) + head[i] * Math.sin(angle);
        }
        return out;
    }

    private static double[] widen(float[] values) {
        return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
    }

    private static int[] shuffledSlots(int count) {
        int[] slots = IntStream.range(0, count).toArray();
        for (int i = count - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int swapped = slots[i];
            slots[i] = slots[j];
            slots[j] = swapped;
        }
        return Arrays.copyOf(slots, TOKENS);
    }

    @Test
    void shouldMultiplyUpByTheSiluOfGate() {
        int size = CONFIG.intermediateSize();
        try (GpuArrays gpu = new GpuArrays()) {
            float[] values = GpuArrays.random(random, TOKENS * 2 * size, 2);
            DeviceBuffer out = gpu.poisoned(2L * TOKENS * size);
            kernels.siluMul(gpu.stream, gpu.bf16(values).address(), out.address(), TOKENS);
            double[] expected = new double[TOKENS * size];
            Arrays.setAll(
                    expected,
                    i -> {
                        double gate = values[i / size * 2 * size + i % size];
                        double up = values[i / size * 2 * size + size + i % size];
                        return gate / (1 + Math.exp(-gate)) * up;
                    });
            assertThat(GpuArrays.error(gpu.readBf16(out), expected)).isLessThan(ONE_ROUNDING);
        }
    }

    @Test
    void shouldFillWithUniformNumbers() {
        int count = 1_000_003;
        try (GpuArrays gpu = new GpuArrays()) {
            DeviceBuffer out = gpu.poisoned(2L * count);
            kernels.randomFill(gpu.stream, out.address(), Kernels.Fill.all(count, 5), 2);
            double sum = 0;
            double squares = 0;
            for (float value : gpu.readBf16(out)) {
                assertThat(Math.abs(value)).isLessThanOrEqualTo(2);
                sum += value;
                squares += value * value;
            }
            // Of uniform numbers in [-2, 2): mean 0, variance 4 / 3.
            assertThat(Math.abs(sum / count)).isLessThan(0.01);
            assertThat(Math.abs(squares / count - 4.0 / 3)).isLessThan(0.01);
        }
    }
}
