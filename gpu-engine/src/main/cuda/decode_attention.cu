// Attention of one new token a sequence over the paged KV cache, split over the context (Flash-Decoding: Dao et al.,
// 2023), by the shares that decode_plan made: warps that need not wait for each other go over tiles of 16 keys. The query
// heads that share a KV head are the rows of one tensor-core tile, so each key and value is read once for all of them.
// Lengths and block tables are read from device memory and the grid is fixed, so that one captured graph serves every
// length. A sequence of length 0 (padding) has no tile, and its row of the result is left alone.
//
// decode_attend begins to copy while the kernel before it, qkv_cache, still runs: the plan, the step's input and all but
// the newest keys and values must be complete before that one begins.
//
// A warp's copies run STAGES - 1 tiles ahead of its products, over the ends of sequences and heads too, so that memory
// is never idle. Shared memory: WARPS * STAGES * 2 * 16 * (HEAD_DIM + 8) * 2 bytes (dynamic).
// Types: as prefill_attention; partial results in float32. Compile with HEAD_DIM (a multiple of 16, at most 256),
// BLOCK_SIZE (a power of two), and TEAM, which divides WARPS and the number of heads.
#ifndef WARPS // the engine sets all three
#define WARPS 4
#define STAGES 3
#define TEAM 4
#endif
#include "decode_cursor.cuh"
#include "decode_parts.cuh"

/** Begins to copy a tile's keys and values, by one warp; zeros from the sequence's end on. */
__device__ __forceinline__ void load(bf16* to, const Step& step, const Cursor& cursor) {
    const int segments = HEAD_DIM / 8;
    const int lane = threadIdx.x % 32;
    const bf16* keys = step.cache + (long long)(cursor.head() / step.row_tiles) * BLOCK_SIZE * HEAD_DIM;
    const long long values_offset = (long long)step.kv_heads * BLOCK_SIZE * HEAD_DIM;
#if BLOCK_SIZE >= KEYS
    // A tile lies within a block.
    const int begin = cursor.position();
    keys += cursor.table[begin / BLOCK_SIZE] * step.block_stride + begin % BLOCK_SIZE * HEAD_DIM;
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

/** Adds a tile of keys and values to a warp's rows. */
__device__ __forceinline__ void attend_tile(SoftmaxRows& rows, const unsigned (&queries)[DIM_STEPS][4],
                                            const bf16* tile, int position, int first_visible, int end, float scale) {
    float scores[2][4];
    score(scores[0], scores[1], queries, tile);
#pragma unroll
    for (int i = 0; i < 8; i++) {
        const int key = position + i / 4 * 8 + threadIdx.x % 4 * 2 + i % 2;
        const bool is_hidden = key >= end || key < first_visible;
        scores[i / 4][i % 4] = is_hidden ? -INFINITY_F : scores[i / 4][i % 4] * scale;
    }
    rows.weigh(scores);
    rows.add(scores[0], scores[1], tile + KEYS * KEY_STRIDE);
}

/** Writes normalized rows: to `out` as bf16, or where that is null to `part` with the logarithm (base 2) of the sum of
 *  their weights. */
__device__ __forceinline__ void write_rows(const SoftmaxRows& rows, int row_count, bf16* out, float* part,
                                           float* logs) {
    const int column = threadIdx.x % 4 * 2;
#pragma unroll
    for (int half = 0; half < 2; half++) {
        const int row = threadIdx.x % 32 / 4 + 8 * half;
        if (row >= row_count) {
            continue;
        }
        const float factor = rows.sum[half] > 0.0f ? 1.0f / rows.sum[half] : 0.0f;
#pragma unroll
        for (int tile = 0; tile < DIM_TILES; tile++) {
            const float2 value = make_float2(rows.out[tile][2 * half] * factor, rows.out[tile][2 * half + 1] * factor);
            const int at = row * HEAD_DIM + tile * 8 + column;
            if (out) {
                *(unsigned*)(out + at) = pack_bf16(value.x, value.y);
            } else {
                *(float2*)(part + at) = value;
            }
        }
        if (!out && column == 0) {
            logs[row] = factor > 0.0f ? rows.max[half] + log2f(rows.sum[half]) : -INFINITY_F;
        }
    }
}

/** Where a warp's results go. */
struct Results {
    bf16* out;             // [tokens][query_heads * HEAD_DIM]
    const int* token_rows; // [sequences]
    const int* first_tiles; // [sequences + 1] of one group
    Parts parts;
    int query_heads;
    int group_size; // query heads that share a KV head
    int share;

    __device__ __forceinline__ int first_row(const Step& step, const Cursor& cursor) const {
        return cursor.head() % step.row_tiles * 16;
    }

    __device__ __forceinline__ int row_count(const Step& step, const Cursor& cursor) const {
        return min(16, group_size - first_row(step, cursor));
    }

    __device__ __forceinline__ int query_head(const Step& step, const Cursor& cursor) const {
        return cursor.head() / step.row_tiles * group_size + first_row(step, cursor);
    }

    __device__ __forceinline__ bf16* row(const Step& step, const Cursor& cursor) const {
        return out + ((long long)token_rows[cursor.sequence] * query_heads + query_head(step, cursor)) * HEAD_DIM;
    }
};

/** Ends a warp's part of a head, which may be all of it. */
__device__ __forceinline__ void finish(const SoftmaxRows& rows, const Step& step, const Results& results,
                                       const Cursor& cursor, int team) {
    const int begin = results.first_tiles[cursor.sequence] * step.groups + cursor.group * cursor.tiles;
    const int first = begin / results.share;
    const HeadParts head{first, (int)threadIdx.x / 32 % TEAM, (begin + cursor.tiles - 1) / results.share - first + 1};
    const int row_count = results.row_count(step, cursor);
    bf16* const out = results.row(step, cursor);
    if (head.count == 1) {
        write_rows(rows, row_count, out, nullptr, nullptr);
        return;
    }
    const int part = head.at(team - first);
    write_rows(rows, row_count, nullptr, results.parts.out_of(part), results.parts.logs_of(part));
    complete(results.parts, head, team - first, row_count, out);
}

extern "C" __global__ void __launch_bounds__(WARPS * 32)
decode_attend(const bf16* __restrict__ qkv,        // [tokens][qkv_stride]: queries first
              const bf16* __restrict__ cache,      // [blocks][layers][2][kv_heads][BLOCK_SIZE][HEAD_DIM]
              const int* __restrict__ lengths,     // [sequences]
              const int* __restrict__ token_rows,  // [sequences] row of qkv and out
              const int* __restrict__ first_blocks, // [sequences]
              const int* __restrict__ tables,      // block ids
              const Plan* __restrict__ plan, const int* __restrict__ first_tiles,
              const Start* __restrict__ starts,    // [gridDim.x * WARPS / TEAM]
              bf16* __restrict__ out,              // [tokens][query_heads * HEAD_DIM]
              float* partial_out,                  // [parts][min(16, group size)][HEAD_DIM]
              float* partial_logs,                 // [parts][min(16, group size)]
              int* arrivals,                       // [2][parts], zeros before and after
              long long block_stride, int layer, int query_heads, int kv_heads, int qkv_stride, int window,
              float scale) { // log2(e) / sqrt(HEAD_DIM)
    extern __shared__ __align__(16) bf16 shared[];
    admit_next_kernel();
    const int team = (blockIdx.x * WARPS + threadIdx.x / 32) / TEAM;
    const Start start = starts[team];
    const int count = start.count;
    if (count == 0) {
        await_previous_kernels();
        return;
    }
    const int group_size = query_heads / kv_heads;
    const int row_tiles = (group_size + 15) / 16;
    const Step step{cache + (long long)layer * 2 * kv_heads * BLOCK_SIZE * HEAD_DIM,
                    lengths, first_blocks, tables, block_stride,
                    kv_heads, kv_heads * row_tiles / TEAM, row_tiles, window};
    const Parts parts{partial_out, partial_logs, arrivals, min(16, group_size), 2 * WARPS * (int)gridDim.x};
    const Results results{out, token_rows, first_tiles, parts, query_heads, group_size, plan->share};
    const int stage_size = 2 * KEYS * KEY_STRIDE;
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
    unsigned queries[DIM_STEPS][4];
    SoftmaxRows rows;
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
            const int row = threadIdx.x % 32 / 4;
            const int row_count = results.row_count(step, cursor);
            const bf16* query = qkv + (long long)token_rows[cursor.sequence] * qkv_stride +
                                (results.query_head(step, cursor) + row) * HEAD_DIM;
            load_queries(queries, row < row_count ? query : nullptr,
                         row + 8 < row_count ? query + 8 * HEAD_DIM : nullptr);
            rows.clear();
        }
        await_copies<STAGES - 1>();
        __syncwarp();
        attend_tile(rows, queries, stages + stage * stage_size, cursor.position(),
                    window > 0 ? cursor.length - window : 0, cursor.length, scale);
        // All lanes have read this stage before any lane fills it again.
        __syncwarp();
        stage = stage == STAGES - 1 ? 0 : stage + 1;
        if (cursor.tile == cursor.tiles - 1 || i == count - 1) {
            finish(rows, step, results, cursor, team);
        }
        if (i < count - 1) {
            cursor.advance(step);
        }
    }
    await_copies<0>();
}
