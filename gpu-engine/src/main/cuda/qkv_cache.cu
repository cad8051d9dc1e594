// What happens between the QKV product and attention, for one layer: optional RMSNorm of each query and key head
// (Qwen3), rotary embedding of both (Su et al.: RoFormer, 2021; dimension i pairs with i + HEAD_DIM / 2), and the write
// of keys and values into the paged cache. Queries stay where they are.
//
// A token's slot is blockId * BLOCK_SIZE + offset, or -1: then its key and value go nowhere (padding of a batch).
// Cache layout: [block][layer][2][kvHead][slot][dim].
//
// Grid: one block a token, 8 warps, one head a warp at a time, two neighbouring dimensions of both halves a lane.
// Types: bf16 in and out, float32 arithmetic, one rounding. Compile with HEAD_DIM (a multiple of 16) and BLOCK_SIZE.
#include "bf16.cuh"

extern "C" __global__ void __launch_bounds__(256)
qkv_cache(bf16* __restrict__ qkv,              // [tokens][(heads + 2 * kv_heads) * HEAD_DIM], queries rewritten
          const float2* __restrict__ turns,    // [positions][HEAD_DIM / 2] cos, sin
          const int* __restrict__ positions,   // [tokens]
          const int* __restrict__ slots,       // [tokens]
          const float* __restrict__ query_norm, // [HEAD_DIM], or null
          const float* __restrict__ key_norm,  // [HEAD_DIM], or null
          bf16* __restrict__ cache,            // [blocks][layers][2][kv_heads][BLOCK_SIZE][HEAD_DIM]
          long long block_stride,              // elements of a cache block
          int layer, int heads, int kv_heads, float eps) {
    // Attention, which comes next, has older keys and values to copy meanwhile.
    admit_next_kernel();
    await_previous_kernels();
    const int words = HEAD_DIM / 4; // of two dimensions, in half a head
    const long long token = blockIdx.x;
    const int lane = threadIdx.x % 32;
    const int slot = slots[token];
    const float2* turn = turns + (long long)positions[token] * (HEAD_DIM / 2);
    unsigned* row = (unsigned*)(qkv + token * (heads + 2 * kv_heads) * HEAD_DIM);
    bf16* layer_cache = cache + slot / BLOCK_SIZE * block_stride +
                        ((long long)layer * 2 * kv_heads * BLOCK_SIZE + slot % BLOCK_SIZE) * HEAD_DIM;
    for (int head = threadIdx.x / 32; head < heads + 2 * kv_heads; head += blockDim.x / 32) {
        const bool is_query = head < heads;
        const bool is_value = head >= heads + kv_heads;
        if (slot < 0 && !is_query) {
            return;
        }
        unsigned* from = row + head * (HEAD_DIM / 2);
        // Keys of all heads come before the values of all heads, in the cache as in the row.
        unsigned* to = is_query ? from : (unsigned*)(layer_cache + (long long)(head - heads) * BLOCK_SIZE * HEAD_DIM);
        const float* norm = is_query ? query_norm : key_norm;
        float scale = 1.0f;
        if (norm && !is_value) {
            float squares = 0.0f;
            for (int i = lane; i < 2 * words; i += 32) {
                squares += first_of(from[i]) * first_of(from[i]) + second_of(from[i]) * second_of(from[i]);
            }
            scale = rsqrtf(warp_sum(squares) / HEAD_DIM + eps);
        }
        for (int i = lane; i < words; i += 32) {
            const unsigned left = from[i];
            const unsigned right = from[i + words];
            if (is_value) {
                to[i] = left;
                to[i + words] = right;
                continue;
            }
            float2 l = make_float2(first_of(left), second_of(left));
            float2 r = make_float2(first_of(right), second_of(right));
            if (norm) {
                const float2 ln = ((const float2*)norm)[i];
                const float2 rn = ((const float2*)norm)[i + words];
                l = make_float2(l.x * scale * ln.x, l.y * scale * ln.y);
                r = make_float2(r.x * scale * rn.x, r.y * scale * rn.y);
            }
            const float4 t = ((const float4*)turn)[i]; // cos, sin of two neighbouring dimensions
            to[i] = pack_bf16(l.x * t.x - r.x * t.y, l.y * t.z - r.y * t.w);
            to[i + words] = pack_bf16(r.x * t.x + l.x * t.y, r.y * t.z + l.y * t.w);
        }
    }
}
