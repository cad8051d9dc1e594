// Sums and extremes over a block of 1024 threads. Of integers, so that they do not depend on the order of adding: the
// same logits and numbers must give the same token on every run.
#pragma once

typedef unsigned long long Sum;

__device__ __forceinline__ Sum warp_total(Sum value) {
    for (int offset = 16; offset > 0; offset >>= 1) {
        value += __shfl_xor_sync(0xffffffffu, value, offset);
    }
    return value;
}

/** Sum over the threads before the calling one; total gets everybody's. */
__device__ __forceinline__ Sum sum_before(Sum value, Sum* total) {
    __shared__ Sum of_warp[32];
    const int lane = threadIdx.x % 32;
    Sum sum = value;
    for (int offset = 1; offset < 32; offset <<= 1) {
        const Sum left = __shfl_up_sync(0xffffffffu, sum, offset);
        sum += lane >= offset ? left : 0;
    }
    if (lane == 31) {
        of_warp[threadIdx.x / 32] = sum;
    }
    __syncthreads();
    const Sum own = of_warp[lane];
    const Sum before = warp_total(lane < threadIdx.x / 32 ? own : 0);
    *total = warp_total(own);
    __syncthreads();
    return before + sum - value;
}

__device__ __forceinline__ unsigned long long largest_of_block(unsigned long long value) {
    __shared__ unsigned long long of_warp[32];
    for (int offset = 16; offset > 0; offset >>= 1) {
        const unsigned long long other = __shfl_xor_sync(0xffffffffu, value, offset);
        value = value > other ? value : other;
    }
    if (threadIdx.x % 32 == 0) {
        of_warp[threadIdx.x / 32] = value;
    }
    __syncthreads();
    value = of_warp[threadIdx.x % 32];
    for (int offset = 16; offset > 0; offset >>= 1) {
        const unsigned long long other = __shfl_xor_sync(0xffffffffu, value, offset);
        value = value > other ? value : other;
    }
    __syncthreads();
    return value;
}
