package dev.tropical.engine.cuda;

import dev.tropical.engine.model.DType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Products of a bf16 weight matrix and a single token by vector_product_sm90.cu, for matrices of
 * one width: unlike cuBLASLt's they read weights while the kernels before them end.
 */
final class VectorProduct {
    private static final int WARPS = 8;

    /** Shared memory that a warp copies through. */
    private static final int RING_BYTES = 24 << 10;

    /** Columns copied at a time: half a row of 4096, as larger pieces come faster. */
    private static final int MAX_PIECE = 2048;

    private static final int MIN_PIECE = 256;
    private static final int MAX_COLS = 16384;
    private static final int CAPABILITY = 90;

    private final Kernel kernel;
    private final int blocks;

    private VectorProduct(Kernel kernel, int blocks) {
        this.kernel = kernel;
        this.blocks = blocks;
    }

    /** Those of a GPU and type, made when a width comes first; {@link #close} unloads them. */
    static final class Kinds implements AutoCloseable {
        private final Owned owned = new Owned();
        private final KernelCompiler compiler;
        private final GpuDevice device;
        private final DType type;
        private final Map<List<String>, VectorProduct> made = new HashMap<>();

        Kinds(KernelCompiler compiler, GpuDevice device, DType type) {
            this.compiler = compiler;
            this.device = device;
            this.type = type;
        }

        /**
         * Of matrices with {@code cols} columns; null where there is none for them.
         *
         * @param isFloat32 whether the result is
         */
        @Nullable VectorProduct of(int cols, boolean isFloat32) {
            boolean isOurs = type == DType.BF16 && device.capability() == CAPABILITY;
            if (!isOurs || cols % MIN_PIECE != 0 || cols > MAX_COLS) {
                return null;
            }
            int piece = Math.min(MAX_PIECE, Integer.lowestOneBit(cols));
            int stages = RING_BYTES / (2 * piece);
            List<String> defines = new ArrayList<>();
            defines.add("COLS=" + cols);
            defines.add("PIECE=" + piece);
            defines.add("STAGES=" + stages);
            defines.add("WARPS=" + WARPS);
            if (isFloat32) {
                defines.add("RESULT_FLOAT32");
            }
            int shared = WARPS * RING_BYTES + 2 * cols + Long.BYTES * WARPS * stages;
            return made.computeIfAbsent(defines, d -> make(shared, d));
        }

        private VectorProduct make(int shared, List<String> defines) {
            String name = "vector_product_sm90";
            KernelModule module =
                    owned.add(new KernelModule(compiler.compile(name + ".cu", defines)));
            Kernel kernel = module.kernel(name, 5, shared).overlapping();
            return new VectorProduct(kernel, device.multiprocessors());
        }

        @Override
        public void close() {
            owned.close();
        }
    }

    /**
     * Enqueues a product.
     *
     * @param x address of {@code [weight.cols]}
     * @param y address of {@code [weight.rows]}
     */
    void launch(Stream stream, Matrix weight, long x, long y) {
        kernel.with(weight.address())
                .with(x)
                .with(weight.bias())
                .with(y)
                .withInt(weight.rows())
                .launch(stream, blocks, 1, 32 * WARPS);
    }
}
