// Greedy sampling: the largest logit, of equal ones the lowest id; -1 if any logit is NaN.
//
// Grid: one block a row; 1024 threads, strided over the vocabulary.
// A row whose slot is negative is padding, or sampled by the host: its token is found and goes to no slot.
#include "bf16.cuh"

/** Larger means better: the logit's order in the upper half, the complement of the id in the lower. */
__device__ __forceinline__ unsigned long long key_of(float logit, int id) {
    const unsigned bits = __float_as_uint(logit + 0.0f); // -0 counts as 0
    const unsigned ordered = bits & 0x80000000u ? ~bits : bits | 0x80000000u;
    // NaN, of either sign, is above all numbers.
    const unsigned rank = logit != logit ? 0xffffffffu : ordered;
    return (unsigned long long)rank << 32 | (unsigned)~id;
}

extern "C" __global__ void __launch_bounds__(1024)
greedy(const float* __restrict__ logits, // [rows][vocab]
       const int* __restrict__ slots,    // [rows]
       int* __restrict__ last_tokens,    // [slots], written
       int* __restrict__ tokens,         // [rows], written
       int vocab) {
    __shared__ unsigned long long of_warp[32];
    const float* row = logits + (long long)blockIdx.x * vocab;
    unsigned long long best = 0;
#pragma unroll 8
    for (int id = threadIdx.x; id < vocab; id += blockDim.x) {
        best = max(best, key_of(row[id], id));
    }
    for (int offset = 16; offset > 0; offset >>= 1) {
        best = max(best, __shfl_xor_sync(0xffffffffu, best, offset));
    }
    if (threadIdx.x % 32 == 0) {
        of_warp[threadIdx.x / 32] = best;
    }
    __syncthreads();
    if (threadIdx.x == 0) {
        for (int warp = 0; warp < 32; warp++) {
            best = max(best, of_warp[warp]);
        }
        const int token = (unsigned)(best >> 32) == 0xffffffffu ? -1 : (int)~(unsigned)best;
        tokens[blockIdx.x] = token;
        if (slots[blockIdx.x] >= 0) {
            last_tokens[slots[blockIdx.x]] = token;
        }
    }
}
