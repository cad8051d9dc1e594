package dev.tropical.engine.cuda;

import org.bytedeco.cuda.cublas.cublasLtContext;
import org.bytedeco.cuda.cublas.cublasLtMatmulDescOpaque_t;
import org.bytedeco.cuda.cublas.cublasLtMatrixLayoutOpaque_t;
import org.bytedeco.cuda.global.cublas;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;
import org.jspecify.annotations.Nullable;

/**
 * What was decided for weights of one shape. cuBLASLt's matrices are column-major, so it sees y, x
 * and the weight transposed: {@code y^T = weight * x^T}.
 */
final class GemmShape implements AutoCloseable {
    /** {@code CUDA_R_} constants of x and the weights, and of y. */
    record Types(int in, int out) {}

    private final cublasLtContext handle;
    private final int rows;
    private final int cols;
    private final Types types;
    private final cublasLtMatmulDescOpaque_t operation;
    private final cublasLtMatrixLayoutOpaque_t weightLayout;
    private final LongPointer bias = new LongPointer(1);
    private final @Nullable VectorProduct vectorProduct;

    /** [tokens] */
    private final @Nullable GemmPlan[] plans;

    GemmShape(
            cublasLtContext handle,
            int rows,
            int cols,
            Types types,
            boolean hasBias,
            @Nullable VectorProduct vectorProduct,
            int maxTokens) {
        this.handle = handle;
        this.rows = rows;
        this.cols = cols;
        this.types = types;
        this.vectorProduct = vectorProduct;
        this.plans = new GemmPlan[maxTokens + 1];
        try (PointerPointer<Pointer> created = new PointerPointer<>(1L)) {
            Cuda.checkBlas(
                    cublas.cublasLtMatmulDescCreate(
                            created, cublas.CUBLAS_COMPUTE_32F, cudart.CUDA_R_32F),
                    "cublasLtMatmulDescCreate");
            operation = new cublasLtMatmulDescOpaque_t(created.get());
        }
        set(cublas.CUBLASLT_MATMUL_DESC_TRANSA, cublas.CUBLAS_OP_T);
        if (hasBias) {
            set(cublas.CUBLASLT_MATMUL_DESC_EPILOGUE, cublas.CUBLASLT_EPILOGUE_BIAS);
        }
        weightLayout = columnMajor(types.in, cols, rows);
    }

    private void set(int attribute, int value) {
        try (IntPointer pointer = new IntPointer(new int[] {value})) {
            Cuda.checkBlas(
                    cublas.cublasLtMatmulDescSetAttribute(
                            operation, attribute, pointer, Integer.BYTES),
                    "cublasLtMatmulDescSetAttribute");
        }
    }

    static cublasLtMatrixLayoutOpaque_t columnMajor(int type, long height, long width) {
        try (PointerPointer<Pointer> created = new PointerPointer<>(1L)) {
            Cuda.checkBlas(
                    cublas.cublasLtMatrixLayoutCreate(created, type, height, width, height),
                    "cublasLtMatrixLayoutCreate");
            return new cublasLtMatrixLayoutOpaque_t(created.get());
        }
    }

    int rows() {
        return rows;
    }

    int cols() {
        return cols;
    }

    /** For single tokens, null = there is none for these weights. */
    @Nullable VectorProduct vectorProduct() {
        return vectorProduct;
    }

    Types types() {
        return types;
    }

    cublasLtMatmulDescOpaque_t operation() {
        return operation;
    }

    cublasLtMatrixLayoutOpaque_t weightLayout() {
        return weightLayout;
    }

    /** Of the next product; a launch takes it along. */
    void setBias(long address) {
        bias.put(address);
        Cuda.checkBlas(
                cublas.cublasLtMatmulDescSetAttribute(
                        operation, cublas.CUBLASLT_MATMUL_DESC_BIAS_POINTER, bias, Long.BYTES),
                "cublasLtMatmulDescSetAttribute");
    }

    void checkFits(Matrix weight) {
        if (weight.rows() != rows || weight.cols() != cols) {
            throw new IllegalArgumentException(
                    weight + " (expected: [" + rows + ", " + cols + "])");
        }
    }

    /** Made when a number of tokens comes first. */
    GemmPlan plan(int tokens) {
        if (tokens < 1 || tokens >= plans.length) {
            throw new IllegalArgumentException(
                    "product of "
                            + tokens
                            + " tokens (expected: in [1, "
                            + (plans.length - 1)
                            + "])");
        }
        GemmPlan plan = plans[tokens];
        if (plan == null) {
            plan = new GemmPlan(handle, this, tokens);
            plans[tokens] = plan;
        }
        return plan;
    }

    @Override
    public void close() {
        for (GemmPlan plan : plans) {
            if (plan != null) {
                plan.close();
            }
        }
        cublas.cublasLtMatrixLayoutDestroy(weightLayout);
        cublas.cublasLtMatmulDescDestroy(operation);
        bias.close();
    }
}
