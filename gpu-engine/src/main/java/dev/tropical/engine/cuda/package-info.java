/**
 * The CUDA backend: bf16 weights, activations and KV cache on one NVIDIA GPU or several that share
 * a model (float32 where asked, for comparing), float32 sums and residual stream. Kernels are our
 * own ({@code src/main/cuda}), compiled for the GPU found when the engine starts; matrix products
 * are cuBLASLt's.
 *
 * <p>The only package that knows {@code org.bytedeco}. The engine's loop thread owns the CUDA
 * context and calls everything here, of several GPUs rank 0's, the others have threads of their
 * own, and so have the files that weights are read from; nothing blocks but {@link
 * dev.tropical.engine.cuda.CudaModelRunner}'s poll and block copies. Each native buffer, stream,
 * event, module and graph has one owner, whose {@code close} frees it.
 */
@NullMarked
package dev.tropical.engine.cuda;

import org.jspecify.annotations.NullMarked;
