// SwiGLU's middle (Shazeer: GLU Variants Improve Transformer, 2020): out = gate / (1 + exp(-gate)) * up.
//
// Grid: (tokens, ceil(size / 2048)); 256 threads, 8 elements each.
// Types: bf16 in and out, float32 arithmetic. size must be a multiple of 8, rows 16-byte aligned.
#include "bf16.cuh"

__device__ __forceinline__ float silu_times(float gate, float up) {
    return gate / (1.0f + __expf(-gate)) * up;
}

__device__ __forceinline__ unsigned silu_times(unsigned gate, unsigned up) {
    return pack_bf16(silu_times(first_of(gate), first_of(up)), silu_times(second_of(gate), second_of(up)));
}

extern "C" __global__ void __launch_bounds__(256)
silu_mul(const bf16* __restrict__ gate_up, // [tokens][2 * size]: gates, then ups
         bf16* __restrict__ out,           // [tokens][size]
         int size) {
    await_previous_kernels();
    const long long token = blockIdx.x;
    const int i = blockIdx.y * blockDim.x + threadIdx.x;
    if (i >= size / 8) {
        return;
    }
    const uint4 gate = ((const uint4*)(gate_up + token * 2 * size))[i];
    const uint4 up = ((const uint4*)(gate_up + token * 2 * size + size))[i];
    ((uint4*)(out + token * size))[i] = make_uint4(silu_times(gate.x, up.x), silu_times(gate.y, up.y),
                                                   silu_times(gate.z, up.z), silu_times(gate.w, up.w));
}
