// Attention of one new token a sequence over the paged KV cache, split over the context (Flash-Decoding: Dao et al.,
// 2023), by the shares that decode_plan made: warps go over tiles of 16 keys, and only where a head is cut into several
// shares does an earlier warp wait for later ones (decode_parts.cuh). Those must come onto the GPU while it waits: the grid
// is no larger than what is there at once, and kernels that delay a part of it, the one before or those of other streams,
// must not wait for this one. The query heads that share a KV head are the columns of tensor-core tiles, so each key and
// value is read once for all of them.
// Lengths and block tables are read from device memory and the grid is fixed, so that one captured graph serves every
// length. A sequence of length 0 (padding) has no tile, and its row of the result is left alone.
//
// decode_attend begins to copy while the kernel before it, qkv_cache, still runs: the plan, the step's input and all but
// the newest keys and values must be complete before that one begins.
//
// A warp's copies run STAGES - 1 tiles ahead of its products, over the ends of sequences and heads too, so that memory
// is never idle. Shared memory: WARPS * (STAGES * 2 * 16 * (HEAD_DIM + 8) * 2 + 16 * MESSAGE_SIZE) bytes (dynamic).
// Types: as prefill_attention; partial results in float32. Compile with HEAD_DIM (a multiple of 16, at most 256),
// BLOCK_SIZE (a power of two), and QUERY_TILES, as many of 8 as hold the query heads of a KV head, 2 where they are more.
#ifndef WARPS // the engine sets all three
#define WARPS 8
#define STAGES 2
#define QUERY_TILES 1
#endif
#include "decode_cursor.cuh"
#include "decode_parts.cuh"

/** Begins to copy a tile's keys and values, by one warp; zeros from the sequence's end on. */
__device__ __forceinline__ void load(bf16* to, const Step& step, const Cursor& cursor) {
    const int segments = HEAD_DIM / 8;
    const int lane = threadIdx.x % 32;
    const bf16* keys = step.cache + (long long)(cursor.head / step.row_tiles) * BLOCK_SIZE * HEAD_DIM;
    const long long values_offset = (long long)step.kv_heads * BLOCK_SIZE * HEAD_DIM;
#if BLOCK_SIZE >= KEYS
    // A tile lies within a block.
    const int begin = cursor.position();
    keys += cursor.block * step.block_stride + begin % BLOCK_SIZE * HEAD_DIM;
#endif
#pragma unroll
    for (int i = 0; i < KEYS * segments / 32; i++) {
        const int key = (i * 32 + lane) / segments;
        const int segment = (i * 32 + lane) % segments;
        const int position = cursor.position() + key;
        const bool is_valid = position < cursor.length;
        const bf16* from = keys;
        if (is_valid) {
#if BLOCK_SIZE >= KEYS
            from += key * HEAD_DIM + segment * 8;
#else
            from += cursor.table[position / BLOCK_SIZE] * step.block_stride + position % BLOCK_SIZE * HEAD_DIM +
                    segment * 8;
#endif
        }
        bf16* row = to + key * KEY_STRIDE + segment * 8;
        copy_async(row, from, is_valid);
        copy_async(row + KEYS * KEY_STRIDE, is_valid ? from + values_offset : keys, is_valid);
    }
}

/** Adds a tile of keys and values to a warp's queries. */
__device__ __forceinline__ void attend_tile(SoftmaxColumns (&columns)[QUERY_TILES],
                                            const QueryTile (&queries)[QUERY_TILES], const bf16* tile, int position,
                                            int first_visible, int end, float scale) {
    float scores[QUERY_TILES][4];
    score(scores, queries, tile);
#pragma unroll
    for (int i = 0; i < 4 * QUERY_TILES; i++) {
        const int key = position + threadIdx.x % 32 / 4 + i / 2 % 2 * 8;
        const bool is_hidden = key >= end || key < first_visible;
        scores[i / 4][i % 4] = is_hidden ? -INFINITY_F : scores[i / 4][i % 4] * scale;
    }
#pragma unroll
    for (int i = 0; i < QUERY_TILES; i++) {
        columns[i].weigh(scores[i]);
    }
    add(columns, scores, tile + KEYS * KEY_STRIDE);
}

/** Where a warp's results go. */
struct Results {
    bf16* out;              // [tokens][query_heads * HEAD_DIM]
    const int* first_tiles; // [sequences + 1] of one head
    int query_heads;
    int group_size; // query heads that share a KV head
    int share;

    __device__ __forceinline__ int first_query(const Step& step, const Cursor& cursor) const {
        return cursor.head % step.row_tiles * MAX_QUERIES;
    }

    /** At most 8 * QUERY_TILES. */
    __device__ __forceinline__ int query_count(const Step& step, const Cursor& cursor) const {
        return min(MAX_QUERIES, group_size - first_query(step, cursor));
    }

    __device__ __forceinline__ int query_head(const Step& step, const Cursor& cursor) const {
        return cursor.head / step.row_tiles * group_size + first_query(step, cursor);
    }
};

/** Which head a warp is at, of which token; read when it comes to it, as memory takes its time at the end. */
struct Head {
    bf16* out;
    int query_count;
    int first_share;
    int share_count;

    __device__ __forceinline__ void enter(const Step& step, const Results& results, const Cursor& cursor, int token) {
        const int begin = results.first_tiles[cursor.sequence] * step.heads + cursor.head * cursor.tiles;
        out = results.out + ((long long)token * results.query_heads + results.query_head(step, cursor)) * HEAD_DIM;
        query_count = results.query_count(step, cursor);
        first_share = begin / results.share;
        share_count = (begin + cursor.tiles - 1) / results.share - first_share + 1;
    }
};

/** Writes normalized results of up to 8 queries. */
__device__ __forceinline__ void write(const SoftmaxColumns& columns, int query_count, bf16* out) {
    const int query = threadIdx.x % 32 / 4;
    float factors[2];
#pragma unroll
    for (int i = 0; i < 2; i++) {
        factors[i] = columns.sum[i] > 0.0f ? 1.0f / columns.sum[i] : 0.0f;
    }
#pragma unroll
    for (int i = 0; i < 2 * DIM_STEPS; i++) {
        const float (&rows)[4] = columns.out[i / 2];
        const unsigned words = transposed(pack_bf16(rows[i % 2 * 2] * factors[0], rows[i % 2 * 2 + 1] * factors[1]));
        if (query < query_count) {
            *(unsigned*)(out + query * HEAD_DIM + i * 8 + threadIdx.x % 4 * 2) = words;
        }
    }
}

/** Ends a warp's part of a head, which may be all of it. */
__device__ __forceinline__ void finish(SoftmaxColumns (&columns)[QUERY_TILES], const Mailboxes& mailboxes,
                                       const Head& head, int warp) {
#pragma unroll
    for (int i = 0; i < QUERY_TILES; i++) {
        columns[i].total();
    }
    if (!put_together(columns, mailboxes, warp, warp - head.first_share, head.share_count)) {
        return;
    }
#pragma unroll
    for (int i = 0; i < QUERY_TILES; i++) {
        write(columns[i], head.query_count - 8 * i, head.out + 8 * i * HEAD_DIM);
    }
}

extern "C" __global__ void __launch_bounds__(WARPS * 32)
decode_attend(const bf16* __restrict__ qkv,        // [tokens][qkv_stride]: queries first
              const bf16* __restrict__ cache,      // [blocks][layers][2][kv_heads][BLOCK_SIZE][HEAD_DIM]
              const int* __restrict__ lengths,     // [sequences]
              const int* __restrict__ token_rows,  // [sequences] row of qkv and out
              const int* __restrict__ first_blocks, // [sequences]
              const int* __restrict__ tables,      // block ids
              const Plan* __restrict__ plan, const int* __restrict__ first_tiles,
              const Start* __restrict__ starts,    // [gridDim.x * WARPS]
              bf16* __restrict__ out,              // [tokens][query_heads * HEAD_DIM]
              uint4* messages,                     // decode_parts.cuh: one a warp, zeros before and after
              long long block_stride, int layer, int query_heads, int kv_heads, int qkv_stride, int window,
              float scale) { // log2(e) / sqrt(HEAD_DIM)
    extern __shared__ __align__(16) bf16 shared[];
    admit_next_kernel();
    const int warp = blockIdx.x * WARPS + threadIdx.x / 32;
    const int stage_size = 2 * KEYS * KEY_STRIDE;
    const Mailboxes mailboxes{(uint4*)(shared + WARPS * STAGES * stage_size), messages};
    mailboxes.clear();
    __syncthreads();
    const Start start = starts[warp];
    const int count = start.count;
    if (count == 0) {
        await_previous_kernels();
        return;
    }
    const int group_size = query_heads / kv_heads;
    const int row_tiles = (group_size + MAX_QUERIES - 1) / MAX_QUERIES;
    const Step step{cache + (long long)layer * 2 * kv_heads * BLOCK_SIZE * HEAD_DIM,
                    lengths, first_blocks, tables, block_stride,
                    kv_heads, kv_heads * row_tiles, row_tiles, window};
    const Results results{out, first_tiles, query_heads, group_size, plan->share};
    bf16* const stages = shared + threadIdx.x / 32 * STAGES * stage_size;
    Cursor cursor;
    cursor.seek(step, start);
    Cursor ahead = cursor;
    bool has_waited = false;
#pragma unroll
    for (int i = 0; i < STAGES - 1; i++) {
        if (i < count) {
            // Only a sequence's last tile has something of this step in it, the new token's key and value.
            if (!has_waited && ahead.tile == ahead.tiles - 1) {
                await_previous_kernels();
                has_waited = true;
            }
            load(stages + i * stage_size, step, ahead);
            if (i + 1 < count) {
                ahead.advance(step);
            }
        }
        commit_copies();
    }
    if (!has_waited) {
        await_previous_kernels();
    }
    QueryTile queries[QUERY_TILES];
    SoftmaxColumns columns[QUERY_TILES];
    Head head;
    int stage = 0;
    for (int i = 0; i < count; i++) {
        if (i + STAGES - 1 < count) {
            load(stages + (stage == 0 ? STAGES - 1 : stage - 1) * stage_size, step, ahead);
            if (i + STAGES < count) {
                ahead.advance(step);
            }
        }
        commit_copies();
        if (i == 0 || cursor.tile == 0) {
            const int query = threadIdx.x % 32 / 4;
            const int token = token_rows[cursor.sequence];
            head.enter(step, results, cursor, token);
            const bf16* from = qkv + (long long)token * qkv_stride +
                               (results.query_head(step, cursor) + query) * HEAD_DIM;
#pragma unroll
            for (int tile = 0; tile < QUERY_TILES; tile++) {
                const bool is_there = query + 8 * tile < head.query_count;
                queries[tile].load(is_there ? from + 8 * tile * HEAD_DIM : nullptr);
                columns[tile].clear();
            }
        }
        await_copies<STAGES - 1>();
        __syncwarp();
        attend_tile(columns, queries, stages + stage * stage_size, cursor.position(),
                    window > 0 ? cursor.length - window : 0, cursor.length, scale);
        // All lanes have read this stage before any lane fills it again.
        __syncwarp();
        stage = stage == STAGES - 1 ? 0 : stage + 1;
        if (cursor.tile == cursor.tiles - 1 || i == count - 1) {
            finish(columns, mailboxes, head, warp);
        }
        if (i < count - 1) {
            cursor.advance(step);
        }
    }
    await_copies<0>();
}
