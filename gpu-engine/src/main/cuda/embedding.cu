// Embedding: residual[t] = table[id(t)].
//
// ids[t] >= 0 is a token's id; a negative one, -1 - slot, means the token that the slot's previous step sampled and that
// may not have reached the host yet (-1 there, after a row of logits that held NaN, reads as token 0).
//
// Grid: one block a token; 128 threads, 8 elements of the row each.
// Types: element table, float32 residual. hidden must be a multiple of 8, rows 16-byte aligned.
#include "element.cuh"

extern "C" __global__ void __launch_bounds__(128)
embedding(const element* __restrict__ table,   // [vocab][hidden]
          const int* __restrict__ ids,         // [tokens]
          const int* __restrict__ last_tokens, // [slots]
          float* __restrict__ residual,        // [tokens][hidden]
          int hidden) {
    admit_next_kernel();
    await_previous_kernels();
    const long long token = blockIdx.x;
    int id = ids[token];
    if (id < 0) {
        id = max(last_tokens[-1 - id], 0);
    }
    const element* from = table + (long long)id * hidden;
    float4* to = (float4*)(residual + token * hidden);
    for (int i = threadIdx.x; i < hidden / 8; i += blockDim.x) {
        float4 values[2];
        load8(values, from + 8 * i);
        to[2 * i] = values[0];
        to[2 * i + 1] = values[1];
    }
}
