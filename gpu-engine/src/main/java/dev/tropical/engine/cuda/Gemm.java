package dev.tropical.engine.cuda;

import dev.tropical.engine.model.DType;
import java.util.HashMap;
import java.util.Map;
import org.bytedeco.cuda.cublas.cublasLtContext;
import org.bytedeco.cuda.global.cublas;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.FloatPointer;
import org.jspecify.annotations.Nullable;

/**
 * Products {@code y = x * weight^T + bias} by cuBLASLt, and of a single token by a kernel of ours
 * where that is faster, for {@code x [tokens][cols]} and {@code weight [rows][cols]} of bf16 or
 * float32, float32 sums, and {@code y [tokens][rows]} of that type or float32. What is decided for
 * a shape is kept, so a later product of that shape is one call.
 */
final class Gemm implements AutoCloseable {
    /** What NVIDIA recommends for Hopper; split-k algorithms put partial sums there. */
    static final long WORKSPACE_BYTES = 32L << 20;

    private record Key(int rows, int cols, boolean isFloat32, boolean hasBias) {}

    private final cublasLtContext handle = new cublasLtContext();
    private final DeviceBuffer workspace;
    private final FloatPointer one = new FloatPointer(1f);
    private final FloatPointer zero = new FloatPointer(0f);
    private final Map<Key, GemmShape> shapes = new HashMap<>();
    private final int maxTokens;
    private final DType type;
    private final VectorProduct.@Nullable Kinds vectorProducts;

    /** Products by cuBLASLt alone. */
    Gemm(int maxTokens, DType type) {
        this(maxTokens, type, null);
    }

    /**
     * @param maxTokens that x may have
     * @param type of x and the weights
     * @param vectorProducts which single tokens may have instead; closed by their owner
     */
    Gemm(int maxTokens, DType type, VectorProduct.@Nullable Kinds vectorProducts) {
        this.type = type;
        this.maxTokens = maxTokens;
        this.vectorProducts = vectorProducts;
        workspace = new DeviceBuffer(WORKSPACE_BYTES);
        Cuda.checkBlas(cublas.cublasLtCreate(handle), "cublasLtCreate");
    }

    /**
     * A weight's shape, with what is decided for it.
     *
     * @param isFloat32 whether y is, whatever x is
     */
    GemmShape shape(Matrix weight, boolean isFloat32) {
        Key key = new Key(weight.rows(), weight.cols(), isFloat32, weight.bias() != 0);
        return shapes.computeIfAbsent(
                key,
                k ->
                        new GemmShape(
                                handle,
                                k.rows,
                                k.cols,
                                types(k.isFloat32),
                                k.hasBias,
                                vectorProduct(k),
                                maxTokens));
    }

    private @Nullable VectorProduct vectorProduct(Key key) {
        return vectorProducts == null ? null : vectorProducts.of(key.cols, key.isFloat32);
    }

    private GemmShape.Types types(boolean isFloat32) {
        int own = type == DType.F32 ? cudart.CUDA_R_32F : cudart.CUDA_R_16BF;
        return new GemmShape.Types(own, isFloat32 ? cudart.CUDA_R_32F : own);
    }

    /**
     * Enqueues a product.
     *
     * @param x address of {@code [tokens][weight.cols]}
     * @param y address of {@code [tokens][weight.rows]}, of the shape's type
     */
    void multiply(Stream stream, GemmShape shape, Matrix weight, int tokens, long x, long y) {
        shape.checkFits(weight);
        GemmPlan plan = shape.plan(tokens);
        VectorProduct vectorProduct = plan.vectorProduct();
        if (vectorProduct != null) {
            vectorProduct.launch(stream, weight, x, y);
            return;
        }
        if (weight.bias() != 0) {
            shape.setBias(weight.bias());
        }
        Address out = plan.out().at(y);
        Cuda.checkBlas(
                cublas.cublasLtMatmul(
                        handle,
                        shape.operation(),
                        one,
                        plan.weight().at(weight.address()),
                        shape.weightLayout(),
                        plan.in().at(x),
                        plan.inLayout(),
                        zero,
                        out,
                        plan.outLayout(),
                        out,
                        plan.outLayout(),
                        plan.algorithm(),
                        workspace.pointer(),
                        WORKSPACE_BYTES,
                        stream.handle()),
                "cublasLtMatmul");
    }

    @Override
    public void close() {
        shapes.values().forEach(GemmShape::close);
        one.close();
        zero.close();
        Cuda.checkBlas(cublas.cublasLtDestroy(handle), "cublasLtDestroy");
        workspace.close();
    }
}
