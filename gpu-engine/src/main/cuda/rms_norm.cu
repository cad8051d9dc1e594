// RMSNorm fused with the residual add (Zhang, Sennrich: Root Mean Square Layer Normalization, 2019):
//   residual[t] += delta[t];  out[t] = residual[t] / sqrt(mean(residual[t]^2) + eps) * weight
// in float32, rounded once at the end. The residual stream stays in float32, so that layers add to it exactly.
//
// With `rows`, out[i] is the norm of token rows[i], and the residual is left as it is: two rows may name one token.
//
// Grid: one block an output row; a multiple of 32 threads, at most 1024, 4 elements each at a time and 4 times at most:
// what a thread read it keeps in registers. Types: element delta and out, float32 residual, weight and sum.
// hidden must be a multiple of 4 and at most 4 * TURNS * blockDim, rows 16-byte aligned.
#include "element.cuh"

#ifndef TURNS // the engine sets it
#define TURNS 4
#endif

__device__ __forceinline__ float4 plus(float4 left, float4 right) {
    return make_float4(left.x + right.x, left.y + right.y, left.z + right.z, left.w + right.w);
}

extern "C" __global__ void __launch_bounds__(1024)
rms_norm(float* __restrict__ residual,     // [tokens][hidden], read and written
         const element* __restrict__ delta, // [tokens][hidden], or null
         const float* __restrict__ weight, // [hidden]
         const int* __restrict__ rows,     // [gridDim.x], or null
         element* __restrict__ out,        // [gridDim.x][hidden]
         int hidden, float eps) {
    admit_next_kernel();
    float4 factors[TURNS];
#pragma unroll
    for (int turn = 0; turn < TURNS; turn++) {
        const int i = turn * blockDim.x + threadIdx.x;
        if (i < hidden / 4) {
            factors[turn] = ((const float4*)weight)[i];
        }
    }
    await_previous_kernels();
    const long long token = rows ? rows[blockIdx.x] : blockIdx.x;
    float4* values = (float4*)(residual + token * hidden);
    const element* deltas = delta ? delta + token * hidden : nullptr;
    element* to = out + (long long)blockIdx.x * hidden;
    float4 own[TURNS];
    float squares = 0.0f;
#pragma unroll
    for (int turn = 0; turn < TURNS; turn++) {
        const int i = turn * blockDim.x + threadIdx.x;
        if (i < hidden / 4) {
            own[turn] = deltas ? plus(values[i], load4(deltas + 4 * i)) : values[i];
            if (deltas && !rows) {
                values[i] = own[turn];
            }
            squares += own[turn].x * own[turn].x + own[turn].y * own[turn].y + own[turn].z * own[turn].z +
                       own[turn].w * own[turn].w;
        }
    }
    const float scale = rsqrtf(block_sum(squares) / hidden + eps);
#pragma unroll
    for (int turn = 0; turn < TURNS; turn++) {
        const int i = turn * blockDim.x + threadIdx.x;
        if (i < hidden / 4) {
            const float4 factor = factors[turn];
            store4(to + 4 * i, make_float4(own[turn].x * scale * factor.x, own[turn].y * scale * factor.y,
                                           own[turn].z * scale * factor.z, own[turn].w * scale * factor.w));
        }
    }
}
