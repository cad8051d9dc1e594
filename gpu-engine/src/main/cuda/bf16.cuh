// bfloat16 over inline PTX: a host that compiles at run time need not have CUDA's headers. Needs sm_80.
#pragma once
#include "launch.cuh"

#define INFINITY_F __int_as_float(0x7f800000)

struct bf16 {
    unsigned short bits;
};

__device__ __forceinline__ float to_float(bf16 value) {
    return __uint_as_float((unsigned)value.bits << 16);
}

/** Rounds to nearest, ties to even. */
__device__ __forceinline__ bf16 to_bf16(float value) {
    bf16 result;
    asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(result.bits) : "f"(value));
    return result;
}

/** Two values in a word, as two consecutive elements lie in memory. */
__device__ __forceinline__ unsigned pack_bf16(float first, float second) {
    unsigned word;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(word) : "f"(second), "f"(first));
    return word;
}

__device__ __forceinline__ float first_of(unsigned word) {
    return __uint_as_float(word << 16);
}

__device__ __forceinline__ float second_of(unsigned word) {
    return __uint_as_float(word & 0xffff0000u);
}

__device__ __forceinline__ float warp_sum(float value) {
    for (int offset = 16; offset > 0; offset >>= 1) {
        value += __shfl_xor_sync(0xffffffffu, value, offset);
    }
    return value;
}

__device__ __forceinline__ float warp_max(float value) {
    for (int offset = 16; offset > 0; offset >>= 1) {
        value = fmaxf(value, __shfl_xor_sync(0xffffffffu, value, offset));
    }
    return value;
}

/** Sum over the block's threads (a multiple of 32, at most 1024), the same bits in each of them. */
__device__ __forceinline__ float block_sum(float value) {
    __shared__ float of_warp[32];
    value = warp_sum(value);
    if (threadIdx.x % 32 == 0) {
        of_warp[threadIdx.x / 32] = value;
    }
    __syncthreads();
    const int lane = threadIdx.x % 32;
    const float total = warp_sum(lane < blockDim.x / 32 ? of_warp[lane] : 0.0f);
    __syncthreads();
    return total;
}
