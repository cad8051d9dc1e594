// Causal attention of prompt chunks over the paged KV cache (Dao: FlashAttention-2, 2023): for each chunk's query at
// position p, softmax over the keys at positions (p - window, p] (all up to p where window is 0). The chunk's own keys
// and values are in the cache already, after those of an earlier chunk or a shared prefix.
//
// Grid: (heads, tiles). A tile is 128 consecutive queries of one chunk; 8 warps hold 16 of them each. Keys and values
// come in tiles of 64, two stages deep, shared by the warps. Later queries see more keys: the host lists them first.
// Types: bf16 queries, cache and result; scores, weights' sums and results in float32, weights rounded to bf16 for the
// tensor cores. Compile with HEAD_DIM (a multiple of 16, at most 256) and BLOCK_SIZE.
// Shared memory: 4 * 64 * (HEAD_DIM + 8) * 2 bytes (dynamic).
#include "softmax_rows.cuh"
#include "prefill_chunks.cuh"

#define KEYS 64
#define THREADS 256

/** Begins to copy keys or values of positions [first, first + KEYS) of one head; zeros from position `end` on. */
__device__ __forceinline__ void load(bf16* to, const bf16* cache, const int* table, long long block_stride, int first,
                                     int end) {
    const int segments = HEAD_DIM / 8;
#pragma unroll
    for (int i = threadIdx.x; i < KEYS * segments; i += THREADS) {
        const int key = i / segments;
        const int segment = i % segments;
        const int position = first + key;
        const bool is_valid = position < end;
        const bf16* from = cache;
        if (is_valid) {
            from += table[position / BLOCK_SIZE] * block_stride + position % BLOCK_SIZE * HEAD_DIM + segment * 8;
        }
        copy_async(to + key * KEY_STRIDE + segment * 8, from, is_valid);
    }
}

/** Scales a lane's scores, and masks keys that its two queries do not see. */
__device__ __forceinline__ void mask(float (&scores)[KEYS / 8][4], int first_key, int position, int window,
                                     bool is_partial, float scale) {
#pragma unroll
    for (int tile = 0; tile < KEYS / 8; tile++) {
#pragma unroll
        for (int i = 0; i < 4; i++) {
            const int key = first_key + tile * 8 + threadIdx.x % 4 * 2 + i % 2;
            const int query = position + i / 2 * 8;
            const bool is_hidden = is_partial && (key > query || (window > 0 && key <= query - window));
            scores[tile][i] = is_hidden ? -INFINITY_F : scores[tile][i] * scale;
        }
    }
}

extern "C" __global__ void __launch_bounds__(THREADS)
prefill_attention(const bf16* __restrict__ qkv,   // [tokens][qkv_stride]: queries first
                  const bf16* __restrict__ cache, // [blocks][layers][2][kv_heads][BLOCK_SIZE][HEAD_DIM]
                  const Chunk* __restrict__ chunks, const Tile* __restrict__ tiles, // [gridDim.y]
                  const int* __restrict__ tables,                                   // block ids
                  bf16* __restrict__ out,                                           // [tokens][heads * HEAD_DIM]
                  long long block_stride, int layer, int kv_heads, int qkv_stride, int window,
                  float scale) { // log2(e) / sqrt(HEAD_DIM)
    extern __shared__ __align__(16) bf16 shared[];
    await_previous_kernels();
    const int heads = gridDim.x;
    const int head = blockIdx.x;
    const Tile tile = tiles[blockIdx.y];
    const Chunk chunk = chunks[tile.chunk];
    const int warp = threadIdx.x / 32;
    const int row = tile.first_query + warp * 16 + threadIdx.x % 32 / 4; // and row + 8
    const int* table = tables + chunk.table;
    const int kv_head = head / (heads / kv_heads);
    const bf16* keys = cache + ((long long)layer * 2 * kv_heads + kv_head) * BLOCK_SIZE * HEAD_DIM;
    const bf16* values = keys + (long long)kv_heads * BLOCK_SIZE * HEAD_DIM;

    unsigned queries[DIM_STEPS][4];
    const bf16* query = qkv + (long long)(chunk.first_token + row) * qkv_stride + head * HEAD_DIM;
    load_queries(queries, row < chunk.length ? query : nullptr,
                 row + 8 < chunk.length ? query + 8ll * qkv_stride : nullptr);

    const int first_position = chunk.start + tile.first_query;
    const int end = chunk.start + min(chunk.length, tile.first_query + QUERIES);
    const int first_visible = window > 0 ? max(0, first_position + 1 - window) : 0;
    int first_key = first_visible / KEYS * KEYS;

    bf16* const key_stages = shared;
    bf16* const value_stages = shared + 2 * KEYS * KEY_STRIDE;
    load(key_stages, keys, table, block_stride, first_key, end);
    load(value_stages, values, table, block_stride, first_key, end);
    commit_copies();

    SoftmaxRows rows;
    rows.clear();
    for (int stage = 0; first_key < end; first_key += KEYS, stage ^= 1) {
        await_copies<0>();
        __syncthreads();
        if (first_key + KEYS < end) {
            const int other = (stage ^ 1) * KEYS * KEY_STRIDE;
            load(key_stages + other, keys, table, block_stride, first_key + KEYS, end);
            load(value_stages + other, values, table, block_stride, first_key + KEYS, end);
            commit_copies();
        }
        // Tiles wholly inside what every query of this tile sees need no mask.
        const bool is_partial = first_key + KEYS - 1 > first_position ||
                                (window > 0 && first_key <= first_position + QUERIES - 1 - window);
        float scores[KEYS / 8][4];
        const bf16* tile_keys = key_stages + stage * KEYS * KEY_STRIDE;
        const bf16* tile_values = value_stages + stage * KEYS * KEY_STRIDE;
#pragma unroll
        for (int i = 0; i < KEYS / 16; i++) {
            score(scores[2 * i], scores[2 * i + 1], queries, tile_keys + i * 16 * KEY_STRIDE);
        }
        mask(scores, first_key, chunk.start + row, window, is_partial, scale);
        rows.weigh(scores);
#pragma unroll
        for (int i = 0; i < KEYS / 16; i++) {
            rows.add(scores[2 * i], scores[2 * i + 1], tile_values + i * 16 * KEY_STRIDE);
        }
    }

#pragma unroll
    for (int half = 0; half < 2; half++) {
        if (row + 8 * half < chunk.length) {
            const float factor = 1.0f / rows.sum[half];
            const long long token = chunk.first_token + row + 8 * half;
            unsigned* to = (unsigned*)(out + (token * heads + head) * HEAD_DIM) + threadIdx.x % 4;
#pragma unroll
            for (int i = 0; i < DIM_TILES; i++) {
                to[i * 4] = pack_bf16(rows.out[i][2 * half] * factor, rows.out[i][2 * half + 1] * factor);
            }
        }
    }
}
