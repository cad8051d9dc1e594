// Attention of one new token a sequence over the paged KV cache, split over the context (Flash-Decoding: Dao et al.,
// 2023), in two kernels:
//   decode_plan    one block, once a step and window: cuts all the contexts' keys into equal shares, one a warp.
//   decode_attend  a fixed grid of warps that need not wait for each other: each takes its share of (sequence, KV head,
//                  16 keys) tiles. The query heads that share a KV head are the rows of one tensor-core tile, so each
//                  key and value is read once for all of them. Where several warps share a sequence's head, the one
//                  that ends last puts their parts together, in order: the result does not depend on which that is.
// Lengths and block tables are read from device memory and the grid is fixed, so that one captured graph serves every
// length. A sequence of length 0 (padding) has no tile, and its row of the result is left alone.
//
// decode_attend begins to copy while the kernel before it, qkv_cache, still runs: the plan, the step's input and all but
// the newest keys and values must be complete before that one begins.
//
// A warp's copies run STAGES - 1 tiles ahead of its products, over the ends of sequences and heads too, so that memory
// is never idle. Shared memory: WARPS * STAGES * 2 * 16 * (HEAD_DIM + 8) * 2 bytes (dynamic).
// Types: as prefill_attention; partial results in float32. Compile with HEAD_DIM (a multiple of 16, at most 256),
// BLOCK_SIZE (a power of two).
#include "softmax_rows.cuh"

#ifndef WARPS // the engine sets both
#define WARPS 4
#define STAGES 3
#endif
#define KEYS 16 // of a tile

/** The shares: warp w takes tiles [w * share, (w + 1) * share) of all. */
struct Plan {
    int share;
    int tiles;
};

/** Exclusive prefix sum over 1024 threads; total gets the sum. */
__device__ __forceinline__ int exclusive_scan(int value, int* total) {
    __shared__ int of_warp[32];
    const int lane = threadIdx.x % 32;
    int sum = value;
    for (int offset = 1; offset < 32; offset <<= 1) {
        const int left = __shfl_up_sync(0xffffffffu, sum, offset);
        sum += lane >= offset ? left : 0;
    }
    if (lane == 31) {
        of_warp[threadIdx.x / 32] = sum;
    }
    __syncthreads();
    int before = 0;
    *total = 0;
    for (int warp = 0; warp < 32; warp++) {
        before += warp < threadIdx.x / 32 ? of_warp[warp] : 0;
        *total += of_warp[warp];
    }
    __syncthreads();
    return before + sum - value;
}

/** The first tile of a sequence that the window leaves; whole tiles before it are not read. */
__device__ __forceinline__ int first_tile(int length, int window) {
    return window > 0 && length > window ? (length - window) / KEYS : 0;
}

__device__ __forceinline__ int visible_tiles(int length, int window) {
    return (length + KEYS - 1) / KEYS - first_tile(length, window);
}

extern "C" __global__ void __launch_bounds__(1024)
decode_plan(const int* __restrict__ lengths, // [sequences]
            Plan* __restrict__ plan,
            int* __restrict__ first_tiles, // [sequences + 1] of one head
            int* __restrict__ starts,      // [warps] sequence of a warp's first tile
            int* __restrict__ arrivals,    // [sequences * heads], cleared
            int sequences, int heads, int window, int warps, int min_share) {
    await_previous_kernels();
    int all = 0;
    for (int base = 0; base < sequences; base += blockDim.x) {
        const int sequence = base + threadIdx.x;
        int total;
        const int tiles = sequence < sequences ? visible_tiles(lengths[sequence], window) : 0;
        const int first = all + exclusive_scan(tiles, &total);
        if (sequence < sequences) {
            first_tiles[sequence] = first;
        }
        all += total;
    }
    const int share = max(min_share, (all * heads + warps - 1) / warps);
    if (threadIdx.x == 0) {
        first_tiles[sequences] = all;
        *plan = Plan{share, all * heads};
    }
    __syncthreads();
    for (int i = threadIdx.x; i < sequences * heads; i += blockDim.x) {
        arrivals[i] = 0;
    }
    for (int warp = threadIdx.x; warp < warps; warp += blockDim.x) {
        // The last sequence that begins at or before the warp's first tile: empty ones before it begin there too.
        int low = 0;
        int high = sequences;
        while (low + 1 < high) {
            const int middle = (low + high) / 2;
            if (first_tiles[middle] * heads <= warp * share) {
                low = middle;
            } else {
                high = middle;
            }
        }
        starts[warp] = low;
    }
}

/** What attention reads; lengths and tables are the step's. */
struct Step {
    const bf16* cache;       // of this layer: [blocks][2][kv_heads][BLOCK_SIZE][HEAD_DIM], blocks apart by block_stride
    const int* lengths;      // [sequences] context, the new token included
    const int* first_blocks; // [sequences] where its block ids begin
    const int* tables;       // block ids
    const int* first_tiles;  // [sequences + 1]
    long long block_stride;
    int kv_heads;
    int heads;     // KV heads times tiles of 16 query heads
    int row_tiles; // tiles of 16 query heads that share a KV head
    int window;
};

/** A place among all tiles: heads within sequences, tiles within heads. */
struct Cursor {
    int sequence;
    int head;
    int tile; // of the sequence's visible ones
    int tiles;
    int length;
    int first; // position of the first visible tile
    const int* table;

    __device__ __forceinline__ void enter(const Step& step) {
        length = step.lengths[sequence];
        first = first_tile(length, step.window) * KEYS;
        tiles = visible_tiles(length, step.window);
        table = step.tables + step.first_blocks[sequence];
    }

    /** To tile `index` of all, in a sequence that has it. */
    __device__ __forceinline__ void seek(const Step& step, int start, int index) {
        sequence = start;
        enter(step);
        const int own = index - step.first_tiles[start] * step.heads;
        head = own / tiles;
        tile = own % tiles;
    }

    /** To the next of all tiles; there must be one. */
    __device__ __forceinline__ void advance(const Step& step) {
        if (++tile < tiles) {
            return;
        }
        tile = 0;
        if (++head < step.heads) {
            return;
        }
        head = 0;
        do {
            sequence++;
            enter(step);
        } while (tiles == 0);
    }

    __device__ __forceinline__ int position() const {
        return first + tile * KEYS;
    }

    /** Index of the head's first tile among all. */
    __device__ __forceinline__ int head_begin(const Step& step) const {
        return step.first_tiles[sequence] * step.heads + head * tiles;
    }
};

/** Begins to copy a tile's keys and values, by one warp; zeros from the sequence's end on. */
__device__ __forceinline__ void load(bf16* to, const Step& step, const Cursor& cursor) {
    const int segments = HEAD_DIM / 8;
    const int lane = threadIdx.x % 32;
    const bf16* keys = step.cache + (long long)(cursor.head / step.row_tiles) * BLOCK_SIZE * HEAD_DIM;
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

/** Results of shares that begin or end within a head: two of each warp, [rows][HEAD_DIM] and [rows] each. */
struct Parts {
    float* out;
    float* logs;
    int rows;

    __device__ __forceinline__ float* out_of(int part) const {
        return out + (long long)part * rows * HEAD_DIM;
    }

    __device__ __forceinline__ float* logs_of(int part) const {
        return logs + (long long)part * rows;
    }
};

/** Whether the calling warp is the last of those that share a head: it sees what all others wrote. */
__device__ __forceinline__ bool arrives_last(int* arrivals, int count) {
    __threadfence();
    __syncwarp();
    int before = 0;
    if (threadIdx.x % 32 == 0) {
        before = atomicAdd(arrivals, 1);
        if (before == count - 1) {
            *arrivals = 0; // for the next layer
        }
    }
    before = __shfl_sync(0xffffffffu, before, 0);
    __threadfence();
    return before == count - 1;
}

#define MERGED_ROWS 4 // at a time

/**
 * Puts the parts of a head together, by one warp: part 0 is `opening`, part i is `following + 2 * (i - 1)`. Reads past
 * the first-level cache. Not inlined: its registers are not needed beside the products'.
 */
__device__ __noinline__ void merge(bf16* out, const Parts parts, int opening, int following, int count,
                                      int row_count) {
    const int lane = threadIdx.x % 32;
    for (int first_row = 0; first_row < row_count; first_row += MERGED_ROWS) {
        float largest[MERGED_ROWS];
        float sum[MERGED_ROWS];
#pragma unroll
        for (int r = 0; r < MERGED_ROWS; r++) {
            largest[r] = -INFINITY_F;
            sum[r] = 0.0f;
        }
#pragma unroll 4
        for (int i = lane; i < count; i += 32) {
            const float* logs = parts.logs_of(i == 0 ? opening : following + 2 * (i - 1));
#pragma unroll
            for (int r = 0; r < MERGED_ROWS; r++) {
                largest[r] = fmaxf(largest[r], __ldcg(logs + min(first_row + r, row_count - 1)));
            }
        }
#pragma unroll
        for (int r = 0; r < MERGED_ROWS; r++) {
            largest[r] = warp_max(largest[r]);
        }
#pragma unroll 4
        for (int i = lane; i < count; i += 32) {
            const float* logs = parts.logs_of(i == 0 ? opening : following + 2 * (i - 1));
#pragma unroll
            for (int r = 0; r < MERGED_ROWS; r++) {
                sum[r] += power_of_two(__ldcg(logs + min(first_row + r, row_count - 1)) - largest[r]);
            }
        }
#pragma unroll
        for (int r = 0; r < MERGED_ROWS; r++) {
            sum[r] = warp_sum(sum[r]);
        }
        for (int quad = lane; quad < HEAD_DIM / 4; quad += 32) {
            float4 value[MERGED_ROWS];
#pragma unroll
            for (int r = 0; r < MERGED_ROWS; r++) {
                value[r] = make_float4(0.0f, 0.0f, 0.0f, 0.0f);
            }
#pragma unroll 8
            for (int i = 0; i < count; i++) {
                const int part = i == 0 ? opening : following + 2 * (i - 1);
#pragma unroll
                for (int r = 0; r < MERGED_ROWS; r++) {
                    const int row = min(first_row + r, row_count - 1);
                    const float weight = power_of_two(__ldcg(parts.logs_of(part) + row) - largest[r]);
                    const float4 own = __ldcg((const float4*)(parts.out_of(part) + row * HEAD_DIM) + quad);
                    value[r].x += weight * own.x;
                    value[r].y += weight * own.y;
                    value[r].z += weight * own.z;
                    value[r].w += weight * own.w;
                }
            }
#pragma unroll
            for (int r = 0; r < MERGED_ROWS; r++) {
                if (first_row + r < row_count) {
                    const float factor = 1.0f / sum[r];
                    ((uint2*)(out + (first_row + r) * HEAD_DIM))[quad] =
                        make_uint2(pack_bf16(value[r].x * factor, value[r].y * factor),
                                   pack_bf16(value[r].z * factor, value[r].w * factor));
                }
            }
        }
    }
}

/** Where a warp's results go. */
struct Results {
    bf16* out;             // [tokens][query_heads * HEAD_DIM]
    const int* token_rows; // [sequences]
    int* arrivals;         // [sequences][heads]; zeros before and after
    Parts parts;
    int query_heads;
    int group; // query heads that share a KV head

    __device__ __forceinline__ int first_row(const Step& step, const Cursor& cursor) const {
        return cursor.head % step.row_tiles * 16;
    }

    __device__ __forceinline__ int row_count(const Step& step, const Cursor& cursor) const {
        return min(16, group - first_row(step, cursor));
    }

    __device__ __forceinline__ int query_head(const Step& step, const Cursor& cursor) const {
        return cursor.head / step.row_tiles * group + first_row(step, cursor);
    }

    __device__ __forceinline__ bf16* row(const Step& step, const Cursor& cursor) const {
        return out + ((long long)token_rows[cursor.sequence] * query_heads + query_head(step, cursor)) * HEAD_DIM;
    }
};

/** Ends a warp's part of a head, which may be all of it. */
__device__ __forceinline__ void finish(const SoftmaxRows& rows, const Step& step, const Results& results,
                                       const Cursor& cursor, int share, int warp) {
    const int begin = cursor.head_begin(step);
    const int first_warp = begin / share;
    const int count = (begin + cursor.tiles - 1) / share - first_warp + 1;
    const int row_count = results.row_count(step, cursor);
    bf16* const out = results.row(step, cursor);
    if (count == 1) {
        write_rows(rows, row_count, out, nullptr, nullptr);
        return;
    }
    // A warp begins at most one head that it does not end, and goes on with at most one.
    const int part = 2 * warp + (warp == first_warp);
    write_rows(rows, row_count, nullptr, results.parts.out_of(part), results.parts.logs_of(part));
    if (arrives_last(results.arrivals + cursor.sequence * step.heads + cursor.head, count)) {
        merge(out, results.parts, 2 * first_warp + 1, 2 * (first_warp + 1), count, row_count);
    }
}

extern "C" __global__ void __launch_bounds__(WARPS * 32)
decode_attend(const bf16* __restrict__ qkv,        // [tokens][qkv_stride]: queries first
              const bf16* __restrict__ cache,      // [blocks][layers][2][kv_heads][BLOCK_SIZE][HEAD_DIM]
              const int* __restrict__ lengths,     // [sequences]
              const int* __restrict__ token_rows,  // [sequences] row of qkv and out
              const int* __restrict__ first_blocks, // [sequences]
              const int* __restrict__ tables,      // block ids
              const Plan* __restrict__ plan, const int* __restrict__ first_tiles, const int* __restrict__ starts,
              bf16* __restrict__ out,              // [tokens][query_heads * HEAD_DIM]
              float* partial_out,                  // [2 * warps][min(16, group)][HEAD_DIM]
              float* partial_logs,                 // [2 * warps][min(16, group)]
              int* arrivals,                       // [sequences][heads]
              long long block_stride, int layer, int query_heads, int kv_heads, int qkv_stride, int window,
              float scale) { // log2(e) / sqrt(HEAD_DIM)
    extern __shared__ __align__(16) bf16 shared[];
    // Neighbouring shares go to different multiprocessors: where there are few, none gets two.
    const int warp = threadIdx.x / 32 * gridDim.x + blockIdx.x;
    const int group = query_heads / kv_heads;
    const int row_tiles = (group + 15) / 16;
    const Plan cut = *plan;
    const int first = warp * cut.share;
    const int count = min(cut.share, cut.tiles - first);
    if (count <= 0) {
        await_previous_kernels();
        return;
    }
    const Step step{cache + (long long)layer * 2 * kv_heads * BLOCK_SIZE * HEAD_DIM,
                    lengths, first_blocks, tables, first_tiles, block_stride,
                    kv_heads, kv_heads * row_tiles, row_tiles, window};
    const Results results{out, token_rows, arrivals, Parts{partial_out, partial_logs, min(16, group)},
                          query_heads, group};
    const int stage_size = 2 * KEYS * KEY_STRIDE;
    bf16* const stages = shared + threadIdx.x / 32 * STAGES * stage_size;
    Cursor cursor;
    cursor.seek(step, starts[warp], first);
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
            finish(rows, step, results, cursor, cut.share, warp);
        }
        if (i < count - 1) {
            cursor.advance(step);
        }
    }
    await_copies<0>();
}
