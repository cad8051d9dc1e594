// SwiGLU's middle (Shazeer: GLU Variants Improve Transformer, 2020): out = gate / (1 + exp(-gate)) * up.
//
// Grid: (tokens, ceil(size / 2048)); 256 threads, 8 elements each.
// Types: element in and out, float32 arithmetic. size must be a multiple of 8, rows 16-byte aligned.
#include "element.cuh"

__device__ __forceinline__ float silu_times(float gate, float up) {
    return gate / (1.0f + __expf(-gate)) * up;
}

__device__ __forceinline__ float4 silu_times(float4 gate, float4 up) {
    return make_float4(silu_times(gate.x, up.x), silu_times(gate.y, up.y), silu_times(gate.z, up.z),
                       silu_times(gate.w, up.w));
}

extern "C" __global__ void __launch_bounds__(256)
silu_mul(const element* __restrict__ gate_up, // [tokens][2 * size]: gates, then ups
         element* __restrict__ out,           // [tokens][size]
         int size) {
    admit_next_kernel();
    await_previous_kernels();
    const long long token = blockIdx.x;
    const int i = blockIdx.y * blockDim.x + threadIdx.x;
    if (i >= size / 8) {
        return;
    }
    float4 gate[2];
    float4 up[2];
    load8(gate, gate_up + token * 2 * size + 8 * i);
    load8(up, gate_up + token * 2 * size + size + 8 * i);
    const float4 product[2] = {silu_times(gate[0], up[0]), silu_times(gate[1], up[1])};
    store8(out + token * size + 8 * i, product);
}
