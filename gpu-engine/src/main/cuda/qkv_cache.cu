// What happens between the QKV product and attention, for one layer: optional RMSNorm of each query and key head
// (Qwen3), rotary embedding of both (Su et al.: RoFormer, 2021; dimension i pairs with i + HEAD_DIM / 2), and the write
// of keys and values into the paged cache. Queries stay where they are.
//
// A token's slot is blockId * BLOCK_SIZE + offset, or -1: then its key and value go nowhere (padding of a batch).
// Cache layout: [block][layer][2][kvHead][slot][dim].
//
// Grid: (tokens, any number), 8 warps a block, one head a warp at a time, two neighbouring dimensions of both halves a
// lane. Heads cost a warp their latency one after the other: few tokens deserve more blocks.
// Types: element in and out, float32 arithmetic, one rounding. Compile with HEAD_DIM (a multiple of 16) and BLOCK_SIZE.
#include "element.cuh"

extern "C" __global__ void __launch_bounds__(256)
qkv_cache(element* __restrict__ qkv,           // [tokens][(heads + 2 * kv_heads) * HEAD_DIM], queries rewritten
          const float2* __restrict__ turns,    // [positions][HEAD_DIM / 2] cos, sin
          const int* __restrict__ positions,   // [tokens]
          const int* __restrict__ slots,       // [tokens]
          const float* __restrict__ query_norm, // [HEAD_DIM], or null
          const float* __restrict__ key_norm,  // [HEAD_DIM], or null
          element* __restrict__ cache,         // [blocks][layers][2][kv_heads][BLOCK_SIZE][HEAD_DIM]
          long long block_stride,              // elements of a cache block
          int layer, int heads, int kv_heads, float eps) {
    // Attention, which comes next, has older keys and values to copy meanwhile.
    admit_next_kernel();
    const int half = HEAD_DIM / 2;
    const long long token = blockIdx.x;
    const int lane = threadIdx.x % 32;
    // The step's input has long been there.
    const int slot = slots[token];
    const float2* turn = turns + (long long)positions[token] * (HEAD_DIM / 2);
    await_previous_kernels();
    element* row = qkv + token * (heads + 2 * kv_heads) * HEAD_DIM;
    element* layer_cache = cache + slot / BLOCK_SIZE * block_stride +
                        ((long long)layer * 2 * kv_heads * BLOCK_SIZE + slot % BLOCK_SIZE) * HEAD_DIM;
    const int warps = blockDim.x / 32;
    for (int head = blockIdx.y * warps + threadIdx.x / 32; head < heads + 2 * kv_heads; head += gridDim.y * warps) {
        const bool is_query = head < heads;
        const bool is_value = head >= heads + kv_heads;
        if (slot < 0 && !is_query) {
            return;
        }
        element* from = row + head * HEAD_DIM;
        // Keys of all heads come before the values of all heads, in the cache as in the row.
        element* to = is_query ? from : layer_cache + (long long)(head - heads) * BLOCK_SIZE * HEAD_DIM;
        const float* norm = is_query ? query_norm : key_norm;
        float scale = 1.0f;
        if (norm && !is_value) {
            float squares = 0.0f;
            for (int i = lane; i < half; i += 32) {
                const float2 pair = load2(from + 2 * i);
                squares += pair.x * pair.x + pair.y * pair.y;
            }
            scale = rsqrtf(warp_sum(squares) / HEAD_DIM + eps);
        }
        for (int i = lane; i < half / 2; i += 32) {
            float2 l = load2(from + 2 * i);
            float2 r = load2(from + half + 2 * i);
            if (is_value) {
                store2(to + 2 * i, l.x, l.y);
                store2(to + half + 2 * i, r.x, r.y);
                continue;
            }
            if (norm) {
                const float2 ln = ((const float2*)norm)[i];
                const float2 rn = ((const float2*)norm)[i + half / 2];
                l = make_float2(l.x * scale * ln.x, l.y * scale * ln.y);
                r = make_float2(r.x * scale * rn.x, r.y * scale * rn.y);
            }
            const float4 t = ((const float4*)turn)[i]; // cos, sin of two neighbouring dimensions
            store2(to + 2 * i, l.x * t.x - r.x * t.y, l.y * t.z - r.y * t.w);
            store2(to + half + 2 * i, r.x * t.x + l.x * t.y, r.y * t.z + l.y * t.w);
        }
    }
}
