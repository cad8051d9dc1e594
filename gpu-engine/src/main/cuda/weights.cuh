// exp((logit - largest) / temperature) in fixed point with 40 binary places. Sums of integers are the same in whatever
// order threads add them, and a vocabulary of 2^17 times 2^40 fits into 64 bits. The rounding, 2^-41 of the largest
// weight, and float32's, some 1e-6 of the weight, are far below what a draw can tell.
#pragma once
#include "block_1024.cuh"
#include "sampling.cuh"

#define LOG2_E 1.4426950408889634

struct Weigher {
    float largest;
    float factor;

    __device__ __forceinline__ float weight(float logit) const {
        return exp2f((logit - largest) * factor);
    }

    __device__ __forceinline__ Sum operator()(float logit) const {
        return (Sum)__float2ull_rn(weight(logit) * 1099511627776.0f);
    }
};

__device__ __forceinline__ Weigher weigher(float largest, float temperature) {
    return Weigher{largest, fminf((float)(LOG2_E / temperature), LARGEST_F)};
}
