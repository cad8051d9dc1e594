package dev.tropical.engine.cuda;

import org.bytedeco.cuda.cublas.cublasLtContext;
import org.bytedeco.cuda.cublas.cublasLtMatmulAlgo_t;
import org.bytedeco.cuda.cublas.cublasLtMatmulHeuristicResult_t;
import org.bytedeco.cuda.cublas.cublasLtMatmulPreferenceOpaque_t;
import org.bytedeco.cuda.cublas.cublasLtMatrixLayoutOpaque_t;
import org.bytedeco.cuda.global.cublas;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;
import org.jspecify.annotations.Nullable;

/**
 * How a shape's weights are multiplied by one number of tokens: cuBLASLt's proposals, best guess
 * first, then ours if there is one; one of them is in use. And pointer objects to reuse.
 */
final class GemmPlan implements AutoCloseable {
    private static final int MAX_PROPOSALS = 16;

    private final cublasLtMatrixLayoutOpaque_t inLayout;
    private final cublasLtMatrixLayoutOpaque_t outLayout;
    private final cublasLtMatmulHeuristicResult_t results;
    private final cublasLtMatmulAlgo_t[] proposals;
    private final @Nullable VectorProduct own;
    private final Address weight = new Address(0);
    private final Address in = new Address(0);
    private final Address out = new Address(0);
    private int chosen;

    GemmPlan(cublasLtContext handle, GemmShape shape, int tokens) {
        inLayout = GemmShape.columnMajor(shape.types().in(), shape.cols(), tokens);
        outLayout = GemmShape.columnMajor(shape.types().out(), shape.rows(), tokens);
        results = new cublasLtMatmulHeuristicResult_t(MAX_PROPOSALS);
        int[] found = new int[1];
        cublasLtMatmulPreferenceOpaque_t preference = preference();
        int code =
                cublas.cublasLtMatmulAlgoGetHeuristic(
                        handle,
                        shape.operation(),
                        shape.weightLayout(),
                        inLayout,
                        outLayout,
                        outLayout,
                        preference,
                        MAX_PROPOSALS,
                        results,
                        found);
        cublas.cublasLtMatmulPreferenceDestroy(preference);
        Cuda.checkBlas(
                code,
                "cublasLtMatmulAlgoGetHeuristic for weights ["
                        + shape.rows()
                        + ", "
                        + shape.cols()
                        + "] and "
                        + tokens
                        + " tokens");
        proposals = new cublasLtMatmulAlgo_t[found[0]];
        for (int i = 0; i < proposals.length; i++) {
            proposals[i] = results.getPointer(i).algo();
        }
        own = tokens == 1 ? shape.vectorProduct() : null;
    }

    private static cublasLtMatmulPreferenceOpaque_t preference() {
        try (PointerPointer<Pointer> created = new PointerPointer<>(1L);
                LongPointer workspace = new LongPointer(new long[] {Gemm.WORKSPACE_BYTES})) {
            Cuda.checkBlas(
                    cublas.cublasLtMatmulPreferenceCreate(created),
                    "cublasLtMatmulPreferenceCreate");
            cublasLtMatmulPreferenceOpaque_t preference =
                    new cublasLtMatmulPreferenceOpaque_t(created.get());
            Cuda.checkBlas(
                    cublas.cublasLtMatmulPreferenceSetAttribute(
                            preference,
                            cublas.CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES,
                            workspace,
                            Long.BYTES),
                    "cublasLtMatmulPreferenceSetAttribute");
            return preference;
        }
    }

    cublasLtMatrixLayoutOpaque_t inLayout() {
        return inLayout;
    }

    cublasLtMatrixLayoutOpaque_t outLayout() {
        return outLayout;
    }

    int proposals() {
        return proposals.length + (own == null ? 0 : 1);
    }

    /** Uses proposal {@code index} from now on. */
    void choose(int index) {
        chosen = index;
    }

    /** Ours if it is in use, else null. */
    @Nullable VectorProduct vectorProduct() {
        return chosen == proposals.length ? own : null;
    }

    /** cuBLASLt's, where ours is not in use. */
    cublasLtMatmulAlgo_t algorithm() {
        return proposals[chosen];
    }

    Address weight() {
        return weight;
    }

    Address in() {
        return in;
    }

    Address out() {
        return out;
    }

    @Override
    public void close() {
        cublas.cublasLtMatrixLayoutDestroy(inLayout);
        cublas.cublasLtMatrixLayoutDestroy(outLayout);
        results.close();
    }
}
