// Attention over a paged cache of float32, for both prompt chunks and single tokens: without tensor cores, whose products
// are of bf16, so slow, and exact to float32. For comparing with other float32 implementations.
//
// A warp takes a query of a head: its lanes have 32 neighbouring keys to score, then HEAD_DIM / 32 columns of their values
// to add up; softmax online (Milakov, Gimelshein: Online normalizer calculation for softmax, 2018).
//
// Grid: (heads, sequences) with one warp a block, or (heads, tiles of 128 queries) with 8 warps.
// Types: float32. Compile with FLOAT32, HEAD_DIM (a multiple of 16, at most 256) and BLOCK_SIZE.
#ifndef FLOAT32
#define FLOAT32 1
#endif
#include "element.cuh"
#include "prefill_chunks.cuh"

#define COLUMNS ((HEAD_DIM + 31) / 32)

/** A sequence's keys of a KV head; values lie values_offset after them. */
struct Context {
    const float* keys;
    const int* table;
    long long block_stride;
    long long values_offset;

    __device__ __forceinline__ const float* key(int position) const {
        return keys + table[position / BLOCK_SIZE] * block_stride + position % BLOCK_SIZE * HEAD_DIM;
    }
};

__device__ __forceinline__ float score(const float* query, const float* key) {
    float sum = 0.0f;
    for (int i = 0; i < HEAD_DIM; i += 4) {
        const float4 q = load4(query + i);
        const float4 k = load4(key + i);
        sum += q.x * k.x + q.y * k.y + q.z * k.z + q.w * k.w;
    }
    return sum;
}

/** out = softmax of a query's scores at positions [first, end), times their values; by one warp. */
__device__ void attend(float* out, const float* query, const Context& context, int first, int end, float scale) {
    const int lane = threadIdx.x % 32;
    float largest = -INFINITY_F;
    float sum = 0.0f;
    float columns[COLUMNS] = {};
    for (int base = first; base < end; base += 32) {
        const int count = min(32, end - base);
        const float own = lane < count ? score(query, context.key(base + lane)) * scale : -INFINITY_F;
        const float before = largest;
        largest = fmaxf(largest, warp_max(own));
        const float shrink = exp2f(before - largest);
        const float weight = exp2f(own - largest);
        sum = sum * shrink + warp_sum(weight);
#pragma unroll
        for (int c = 0; c < COLUMNS; c++) {
            columns[c] *= shrink;
        }
        for (int i = 0; i < count; i++) {
            const float factor = __shfl_sync(0xffffffffu, weight, i);
            const float* value = context.key(base + i) + context.values_offset;
#pragma unroll
            for (int c = 0; c < COLUMNS; c++) {
                const int column = c * 32 + lane;
                columns[c] += column < HEAD_DIM ? factor * value[column] : 0.0f;
            }
        }
    }
#pragma unroll
    for (int c = 0; c < COLUMNS; c++) {
        const int column = c * 32 + lane;
        if (column < HEAD_DIM) {
            out[column] = columns[c] / sum;
        }
    }
}

/** Of one head of query heads, in one layer of the cache. */
__device__ __forceinline__ Context context_of(const float* cache, const int* table, long long block_stride, int layer,
                                              int kv_heads, int kv_head) {
    const long long head_size = BLOCK_SIZE * HEAD_DIM;
    return Context{cache + ((long long)layer * 2 * kv_heads + kv_head) * head_size, table, block_stride,
                   kv_heads * head_size};
}

extern "C" __global__ void __launch_bounds__(32)
decode_attention_float32(const float* __restrict__ qkv,      // [tokens][qkv_stride]: queries first
                         const float* __restrict__ cache,    // [blocks][layers][2][kv_heads][BLOCK_SIZE][HEAD_DIM]
                         const int* __restrict__ lengths,    // [gridDim.y]
                         const int* __restrict__ token_rows, // [gridDim.y]
                         const int* __restrict__ first_blocks, // [gridDim.y]
                         const int* __restrict__ tables,     // block ids
                         float* __restrict__ out,            // [tokens][heads * HEAD_DIM]
                         long long block_stride, int layer, int kv_heads, int qkv_stride, int window,
                         float scale) { // log2(e) / sqrt(HEAD_DIM)
    await_previous_kernels();
    const int heads = gridDim.x;
    const int length = lengths[blockIdx.y];
    if (length == 0) {
        return;
    }
    const long long row = token_rows[blockIdx.y];
    const Context context = context_of(cache, tables + first_blocks[blockIdx.y], block_stride, layer, kv_heads,
                                       blockIdx.x / (heads / kv_heads));
    attend(out + (row * heads + blockIdx.x) * HEAD_DIM, qkv + row * qkv_stride + blockIdx.x * HEAD_DIM, context,
           window > 0 ? max(0, length - window) : 0, length, scale);
}

extern "C" __global__ void __launch_bounds__(256)
prefill_attention_float32(const float* __restrict__ qkv,   // [tokens][qkv_stride]: queries first
                          const float* __restrict__ cache, // [blocks][layers][2][kv_heads][BLOCK_SIZE][HEAD_DIM]
                          const Chunk* __restrict__ chunks, const Tile* __restrict__ tiles, // [gridDim.y]
                          const int* __restrict__ tables,                                   // block ids
                          float* __restrict__ out,                                          // [tokens][heads * HEAD_DIM]
                          long long block_stride, int layer, int kv_heads, int qkv_stride, int window,
                          float scale) { // log2(e) / sqrt(HEAD_DIM)
    await_previous_kernels();
    const int heads = gridDim.x;
    const Tile tile = tiles[blockIdx.y];
    const Chunk chunk = chunks[tile.chunk];
    const Context context = context_of(cache, tables + chunk.table, block_stride, layer, kv_heads,
                                       blockIdx.x / (heads / kv_heads));
    const int end = min(chunk.length, tile.first_query + QUERIES);
    for (int query = tile.first_query + threadIdx.x / 32; query < end; query += blockDim.x / 32) {
        const long long row = chunk.first_token + query;
        const int visible = chunk.start + query + 1;
        attend(out + (row * heads + blockIdx.x) * HEAD_DIM, qkv + row * qkv_stride + blockIdx.x * HEAD_DIM, context,
               window > 0 ? max(0, visible - window) : 0, visible, scale);
    }
}
