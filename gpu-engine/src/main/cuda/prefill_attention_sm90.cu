// prefill_attention for Hopper: the same result from wgmma and tensor copies (Shah et al.: FlashAttention-3, 2024).
//
// Grid: (heads, tiles), 384 threads. A tile is 128 consecutive queries of one chunk. Warp group 0 copies: one warp keys,
// one warp values, in tiles of 128 positions, two stages deep. Warp groups 1 and 2 hold 64 queries each; while one
// product of scores runs, the tensor cores have the last tile's weights times values to do, and softmax hides behind.
// Types: bf16 queries, cache and result; scores, sums and results in float32, weights rounded to bf16.
// Compile with HEAD_DIM 64 or 128 and BLOCK_SIZE 8 to 128 (a power of two), for sm_90a.
// Shared memory: 1024 + (128 + 4 * 128) * HEAD_DIM * 2 bytes (dynamic).
#include "hopper_products.cuh"
#include "prefill_chunks.cuh"

#define GROUP_QUERIES 64
#define KEYS 128
#define STAGES 2
#define KEY_TILES (KEYS / 8)
#define DIM_TILES (HEAD_DIM / 8)
#define HALVES (HEAD_DIM / 64) // matrices of 64 columns, 128 bytes a row
#define CONSUMER_WARPS 8
#define STAGE_ELEMENTS (KEYS * HEAD_DIM)

struct Barriers {
    unsigned long long keys_full[STAGES];
    unsigned long long keys_free[STAGES];
    unsigned long long values_full[STAGES];
    unsigned long long values_free[STAGES];
};

/** Positions [first, end) that a tile of queries sees, from a multiple of KEYS on. */
struct Range {
    int first;
    int end;

    __device__ __forceinline__ int tiles() const {
        return (end - first + KEYS - 1) / KEYS;
    }
};

/** One warp's work: all tiles of keys, or of values. */
__device__ __forceinline__ void copy_tiles(bf16* stages, const TensorMap* cache, const int* table, Range range,
                                           int head_row, int block_rows, unsigned long long* full,
                                           unsigned long long* free) {
    const int lane = threadIdx.x % 32;
    for (int tile = 0; tile < range.tiles(); tile++) {
        const int stage = tile % STAGES;
        const int first = range.first + tile * KEYS;
        const int blocks = (min(KEYS, range.end - first) + BLOCK_SIZE - 1) / BLOCK_SIZE;
        await(&free[stage], tile / STAGES % 2 ^ 1);
        if (lane == 0) {
            arrive_expecting(&full[stage], blocks * BLOCK_SIZE * HEAD_DIM * 2);
        }
        __syncwarp();
        for (int item = lane; item < blocks * HALVES; item += 32) {
            const int block = item / HALVES;
            const int half = item % HALVES;
            bf16* to = stages + stage * STAGE_ELEMENTS + half * KEYS * 64 + block * BLOCK_SIZE * 64;
            copy_box(to, cache, half * 64, table[first / BLOCK_SIZE + block] * block_rows + head_row, &full[stage]);
        }
    }
}

/** Queries [row, row + 64) of a chunk into shared memory, zeros after its end; by one warp group. */
__device__ __forceinline__ void load_queries(bf16* to, const bf16* from, int rows, int stride) {
    const int thread = threadIdx.x % 128;
    for (int i = thread; i < GROUP_QUERIES * HALVES * 8; i += 128) {
        const int piece = i % 8;
        const int half = i / 8 % HALVES;
        const int row = i / 8 / HALVES;
        const uint4 value = row < rows ? *(const uint4*)(from + (long long)row * stride + half * 64 + piece * 8)
                                       : make_uint4(0, 0, 0, 0);
        *(uint4*)(to + half * GROUP_QUERIES * 64 + row * 64 + (piece ^ row % 8) * 8) = value;
    }
}

/** Values of positions that nobody wrote may be anything, and NaN times a weight of zero is NaN. */
__device__ __forceinline__ void clear_values(bf16* values, int first_row) {
    const int thread = threadIdx.x % 128;
    for (int i = thread; i < (KEYS - first_row) * HALVES * 8; i += 128) {
        const int row = first_row + i / (HALVES * 8);
        const int piece = i % (HALVES * 8);
        *(uint4*)(values + piece / 8 * KEYS * 64 + row * 64 + piece % 8 * 8) = make_uint4(0, 0, 0, 0);
    }
}

/** A warp group's 64 queries: a lane holds columns of rows 16 * warp + lane / 4 and + 8. Scores in units of log2(e). */
struct Softmax {
    float max[2];
    float sum[2]; // of the calling lane's columns
    float scale[2]; // what results summed so far are to be multiplied with

    /** Turns scores into weights in place. */
    __device__ __forceinline__ void weigh(float (&scores)[KEY_TILES][4], float factor) {
#pragma unroll
        for (int half = 0; half < 2; half++) {
            float largest = max[half];
#pragma unroll
            for (int tile = 0; tile < KEY_TILES; tile++) {
                largest = fmaxf(largest, fmaxf(scores[tile][2 * half], scores[tile][2 * half + 1]));
            }
            largest = row_max(largest);
            // A row that has seen no key yet has no maximum to subtract.
            const float base = largest == -INFINITY_F ? 0.0f : largest * factor;
            scale[half] = power_of_two(max[half] * factor - base);
            max[half] = largest;
            float added = 0.0f;
#pragma unroll
            for (int tile = 0; tile < KEY_TILES; tile++) {
                scores[tile][2 * half] = power_of_two(fmaf(scores[tile][2 * half], factor, -base));
                scores[tile][2 * half + 1] = power_of_two(fmaf(scores[tile][2 * half + 1], factor, -base));
                added += scores[tile][2 * half] + scores[tile][2 * half + 1];
            }
            sum[half] = sum[half] * scale[half] + added;
        }
    }
};

/** Hides keys that the lane's two queries do not see. */
__device__ __forceinline__ void mask(float (&scores)[KEY_TILES][4], int first_key, int position, int window) {
#pragma unroll
    for (int tile = 0; tile < KEY_TILES; tile++) {
#pragma unroll
        for (int i = 0; i < 4; i++) {
            const int key = first_key + tile * 8 + threadIdx.x % 4 * 2 + i % 2;
            const int query = position + i / 2 * 8;
            if (key > query || (window > 0 && key <= query - window)) {
                scores[tile][i] = -INFINITY_F;
            }
        }
    }
}

/** Begins scores = queries [64 x HEAD_DIM] * keys [KEYS x HEAD_DIM] transposed. */
__device__ __forceinline__ void begin_scores(float (&scores)[KEY_TILES][4], const bf16* queries, const bf16* keys) {
    pin(scores);
    begin_products();
#pragma unroll
    for (int step = 0; step < HEAD_DIM / 16; step++) {
        const int half = step / 4;
        const int column = step % 4 * 16;
        multiply_shared(scores, matrix_descriptor(queries + half * GROUP_QUERIES * 64 + column, 0),
                        matrix_descriptor(keys + half * KEYS * 64 + column, 0), step == 0);
    }
    commit_products();
}

/** Begins out += weights [64 x KEYS] * values [KEYS x HEAD_DIM]. */
__device__ __forceinline__ void begin_results(float (&out)[DIM_TILES][4], const unsigned (&weights)[KEYS / 16][4],
                                              const bf16* values) {
    pin(out);
    begin_products();
#pragma unroll
    for (int step = 0; step < KEYS / 16; step++) {
        multiply_registers(out, weights[step], matrix_descriptor(values + step * 16 * 64, KEYS * 128));
    }
    commit_products();
}

__device__ __forceinline__ void pack(unsigned (&weights)[KEYS / 16][4], const float (&scores)[KEY_TILES][4]) {
#pragma unroll
    for (int step = 0; step < KEYS / 16; step++) {
#pragma unroll
        for (int i = 0; i < 4; i++) {
            const float* pair = &scores[2 * step + i / 2][i % 2 * 2];
            weights[step][i] = pack_bf16(pair[0], pair[1]);
        }
    }
}

/** Where a warp group's queries are. */
struct Queries {
    int position; // of the calling lane's first row
    int first_position, last_position; // of the whole tile of 128
    int window;
    float factor; // log2(e) / sqrt(HEAD_DIM)
};

__device__ __forceinline__ void wait_and_clear(bf16* values, unsigned long long* full, int parity, int valid,
                                               int group) {
    await(full, parity);
    if (valid < KEYS) {
        clear_values(values, valid);
        fence_shared_writes();
        sync_threads_of(1 + group, 128);
    }
}

/** One warp group's work; out gets its unnormalized results. */
__device__ __forceinline__ void attend(float (&out)[DIM_TILES][4], Softmax& softmax, const bf16* own_queries,
                                       const bf16* keys, bf16* values, Barriers* barriers, Range range,
                                       const Queries& queries, int group) {
    const bool is_first_lane = threadIdx.x % 32 == 0;
    float scores[KEY_TILES][4];
    unsigned weights[KEYS / 16][4];
    for (int tile = 0; tile < range.tiles(); tile++) {
        const int stage = tile % STAGES;
        const int first_key = range.first + tile * KEYS;
        await(&barriers->keys_full[stage], tile / STAGES % 2);
        begin_scores(scores, own_queries, keys + stage * STAGE_ELEMENTS);
        if (tile > 0) {
            // The last tile's values, which are all valid: only the range's last tile has others.
            const int last = (tile - 1) % STAGES;
            await(&barriers->values_full[last], (tile - 1) / STAGES % 2);
            begin_results(out, weights, values + last * STAGE_ELEMENTS);
            await_products<1>();
        } else {
            await_products<0>();
        }
        pin(scores);
        if (is_first_lane) {
            arrive(&barriers->keys_free[stage]);
        }
        const bool is_partial = first_key + KEYS - 1 > queries.first_position ||
                                (queries.window > 0 && first_key <= queries.last_position - queries.window);
        if (is_partial) {
            mask(scores, first_key, queries.position, queries.window);
        }
        softmax.weigh(scores, queries.factor);
        if (tile > 0) {
            await_products<0>();
            pin(out);
            if (is_first_lane) {
                arrive(&barriers->values_free[(tile - 1) % STAGES]);
            }
#pragma unroll
            for (int i = 0; i < DIM_TILES; i++) {
                out[i][0] *= softmax.scale[0];
                out[i][1] *= softmax.scale[0];
                out[i][2] *= softmax.scale[1];
                out[i][3] *= softmax.scale[1];
            }
        }
        pack(weights, scores);
    }
    const int tile = range.tiles() - 1;
    bf16* const last = values + tile % STAGES * STAGE_ELEMENTS;
    wait_and_clear(last, &barriers->values_full[tile % STAGES], tile / STAGES % 2,
                   range.end - range.first - tile * KEYS, group);
    begin_results(out, weights, last);
    await_products<0>();
    pin(out);
}

extern "C" __global__ void __launch_bounds__(384, 1)
prefill_attention_sm90(const __grid_constant__ TensorMap cache, // rows of HEAD_DIM: [blocks][layers][2][kv_heads][BLOCK_SIZE]
                       const bf16* __restrict__ qkv,            // [tokens][qkv_stride]: queries first
                       const Chunk* __restrict__ chunks, const Tile* __restrict__ tiles, // [gridDim.y]
                       const int* __restrict__ tables,                                   // block ids
                       bf16* __restrict__ out_rows,                                      // [tokens][heads * HEAD_DIM]
                       int layers, int layer, int kv_heads, int qkv_stride, int window,
                       float factor) { // log2(e) / sqrt(HEAD_DIM)
    extern __shared__ __align__(16) unsigned char memory[];
    __shared__ Barriers barriers;
    bf16* const queries = (bf16*)(memory + (1024 - shared_address(memory) % 1024) % 1024);
    bf16* const keys = queries + QUERIES * HEAD_DIM;
    bf16* const values = keys + STAGES * STAGE_ELEMENTS;
    await_previous_kernels();
    const int heads = gridDim.x;
    const Tile tile = tiles[blockIdx.y];
    const Chunk chunk = chunks[tile.chunk];
    const int first_position = chunk.start + tile.first_query;
    const int first_visible = window > 0 ? max(0, first_position + 1 - window) : 0;
    const Range range{first_visible / KEYS * KEYS, chunk.start + min(chunk.length, tile.first_query + QUERIES)};
    if (threadIdx.x == 0) {
        for (int stage = 0; stage < STAGES; stage++) {
            barrier_init(&barriers.keys_full[stage], 1);
            barrier_init(&barriers.keys_free[stage], CONSUMER_WARPS);
            barrier_init(&barriers.values_full[stage], 1);
            barrier_init(&barriers.values_free[stage], CONSUMER_WARPS);
        }
        fence_barrier_init();
    }
    __syncthreads();
    if (threadIdx.x < 128) {
        give_registers_back<40>();
        const int kind = threadIdx.x / 32; // 0 = keys, 1 = values
        if (kind < 2) {
            const int kv_head = blockIdx.x / (heads / kv_heads);
            const int head_row = ((layer * 2 + kind) * kv_heads + kv_head) * BLOCK_SIZE;
            copy_tiles(kind ? values : keys, &cache, tables + chunk.table, range, head_row,
                       layers * 2 * kv_heads * BLOCK_SIZE, kind ? barriers.values_full : barriers.keys_full,
                       kind ? barriers.values_free : barriers.keys_free);
        }
    } else {
        take_registers<232>();
        const int group = threadIdx.x / 128 - 1;
        const int first_row = tile.first_query + group * GROUP_QUERIES;
        bf16* const own_queries = queries + group * GROUP_QUERIES * HEAD_DIM;
        load_queries(own_queries,
                     qkv + (long long)(chunk.first_token + first_row) * qkv_stride + blockIdx.x * HEAD_DIM,
                     chunk.length - first_row, qkv_stride);
        fence_shared_writes();
        sync_threads_of(1 + group, 128);
        const int row = first_row + threadIdx.x % 128 / 32 * 16 + threadIdx.x % 32 / 4;
        float out[DIM_TILES][4];
#pragma unroll
        for (int i = 0; i < DIM_TILES; i++) {
            out[i][0] = out[i][1] = out[i][2] = out[i][3] = 0.0f;
        }
        Softmax softmax{{-INFINITY_F, -INFINITY_F}, {0.0f, 0.0f}, {1.0f, 1.0f}};
        attend(out, softmax, own_queries, keys, values, &barriers, range,
               Queries{chunk.start + row, first_position, first_position + QUERIES - 1, window, factor}, group);
#pragma unroll
        for (int half = 0; half < 2; half++) {
            const float normal = 1.0f / row_sum(softmax.sum[half]);
            if (row + 8 * half < chunk.length) {
                const long long token = chunk.first_token + row + 8 * half;
                unsigned* to = (unsigned*)(out_rows + (token * heads + blockIdx.x) * HEAD_DIM) + threadIdx.x % 4;
#pragma unroll
                for (int i = 0; i < DIM_TILES; i++) {
                    to[i * 4] = pack_bf16(out[i][2 * half] * normal, out[i][2 * half + 1] * normal);
                }
            }
        }
    }
}
