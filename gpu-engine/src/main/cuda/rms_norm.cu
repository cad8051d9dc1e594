// RMSNorm fused with the residual add (Zhang, Sennrich: Root Mean Square Layer Normalization, 2019):
//   residual[t] += delta[t];  out[t] = residual[t] / sqrt(mean(residual[t]^2) + eps) * weight
// in float32, rounded to bf16 once at the end. The residual stream stays in float32, so that layers add to it exactly.
//
// With `rows`, out[i] is the norm of token rows[i], and the residual is left as it is: two rows may name one token.
//
// Grid: one block an output row; 256 threads, 4 elements each at a time.
// Types: bf16 delta and out, float32 residual, weight and sum. hidden must be a multiple of 4, rows 16-byte aligned.
#include "bf16.cuh"

extern "C" __global__ void __launch_bounds__(256)
rms_norm(float* __restrict__ residual,     // [tokens][hidden], read and written
         const bf16* __restrict__ delta,   // [tokens][hidden], or null
         const float* __restrict__ weight, // [hidden]
         const int* __restrict__ rows,     // [gridDim.x], or null
         bf16* __restrict__ out,           // [gridDim.x][hidden]
         int hidden, float eps) {
    const long long token = rows ? rows[blockIdx.x] : blockIdx.x;
    float4* values = (float4*)(residual + token * hidden);
    const uint2* deltas = delta ? (const uint2*)(delta + token * hidden) : nullptr;
    uint2* to = (uint2*)(out + (long long)blockIdx.x * hidden);
    float squares = 0.0f;
    for (int i = threadIdx.x; i < hidden / 4; i += blockDim.x) {
        float4 value = values[i];
        if (deltas) {
            const uint2 words = deltas[i];
            value.x += first_of(words.x);
            value.y += second_of(words.x);
            value.z += first_of(words.y);
            value.w += second_of(words.y);
            if (!rows) {
                values[i] = value;
            }
        }
        squares += value.x * value.x + value.y * value.y + value.z * value.z + value.w * value.w;
    }
    const float scale = rsqrtf(block_sum(squares) / hidden + eps);
    // Each thread reads again what it read or wrote itself: from the first-level cache.
    for (int i = threadIdx.x; i < hidden / 4; i += blockDim.x) {
        float4 value = values[i];
        if (deltas && rows) {
            const uint2 words = deltas[i];
            value.x += first_of(words.x);
            value.y += second_of(words.x);
            value.z += first_of(words.y);
            value.w += second_of(words.y);
        }
        const float4 factor = ((const float4*)weight)[i];
        to[i] = make_uint2(pack_bf16(value.x * scale * factor.x, value.y * scale * factor.y),
                           pack_bf16(value.z * scale * factor.z, value.w * scale * factor.w));
    }
}
