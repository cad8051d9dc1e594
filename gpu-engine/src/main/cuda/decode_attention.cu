// Attention of one new token a sequence over the paged KV cache, split over the context (Flash-Decoding: Dao et al.,
// 2023), in two kernels:
//   decode_plan    one block, once a step: cuts the contexts into parts so that about `target_parts` exist altogether.
//   decode_attend  a fixed grid: its blocks take (part, KV head) in turn. The query heads that share a KV head are the
//                  rows of one tensor-core tile, so each key and value is read once for all of them.
//                  The block that ends last of a sequence's parts puts them together, in the order of the parts: the
//                  result does not depend on which block that is.
// Lengths and block tables are read from device memory and the grids are fixed, so that one captured graph serves
// every length. A sequence of length 0 (padding) has no part, and its row of the result is left alone.
//
// decode_attend: WARPS warps, each on 16 keys of its own at a time, STAGES deep, without a barrier between them; their
// results are put together at the end of a part. Shared memory: WARPS * STAGES * 2 * 16 * (HEAD_DIM + 8) * 2 bytes (dynamic).
// Types: as prefill_attention; partial results in float32. Compile with HEAD_DIM (a multiple of 16, at most 256),
// BLOCK_SIZE (a power of two).
#include "softmax_rows.cuh"

#ifndef WARPS // the engine sets both
#define WARPS 4
#define STAGES 3
#endif
#define KEYS 16
#define PART_UNIT (WARPS * KEYS) // keys that the warps take at a time

/** Keys [begin, begin + part_length) of a sequence's context. */
struct Part {
    int sequence;
    int begin;
};

/** The step's cut; parts of sequence s are [first_parts[s], first_parts[s + 1]). */
struct Plan {
    int part_length;
    int parts;
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

extern "C" __global__ void __launch_bounds__(1024)
decode_plan(const int* __restrict__ lengths, // [sequences]
            Plan* __restrict__ plan,
            int* __restrict__ first_parts, // [sequences + 1]
            Part* __restrict__ parts,      // [sequences + target_parts]
            int* __restrict__ arrivals,    // [sequences * arrivals_each], cleared
            int sequences, int target_parts, int arrivals_each) {
    await_previous_kernels();
    for (int i = threadIdx.x; i < sequences * arrivals_each; i += blockDim.x) {
        arrivals[i] = 0;
    }
    int all = 0;
    for (int base = 0; base < sequences; base += blockDim.x) {
        const int sequence = base + threadIdx.x;
        int total;
        // In units, whose sum fits where that of keys might not.
        exclusive_scan(sequence < sequences ? (lengths[sequence] + PART_UNIT - 1) / PART_UNIT : 0, &total);
        all += total;
    }
    const int part_length = max((all + target_parts - 1) / target_parts, 1) * PART_UNIT;
    int done = 0;
    for (int base = 0; base < sequences; base += blockDim.x) {
        const int sequence = base + threadIdx.x;
        const int count = sequence < sequences ? (lengths[sequence] + part_length - 1) / part_length : 0;
        int total;
        const int first = done + exclusive_scan(count, &total);
        if (sequence < sequences) {
            first_parts[sequence] = first;
            for (int i = 0; i < count; i++) {
                parts[first + i] = Part{sequence, i * part_length};
            }
        }
        done += total;
    }
    if (threadIdx.x == 0) {
        first_parts[sequences] = done;
        *plan = Plan{part_length, done};
    }
}

/** Begins to copy 16 positions of a head's keys and values, by one warp; zeros from position `end` on. */
__device__ __forceinline__ void load(bf16* to, const bf16* keys, long long values_offset, const int* table,
                                     long long block_stride, int first, int end) {
    const int segments = HEAD_DIM / 8;
    const int lane = threadIdx.x % 32;
#pragma unroll
    for (int i = 0; i < KEYS * segments / 32; i++) {
        const int key = (i * 32 + lane) / segments;
        const int segment = (i * 32 + lane) % segments;
        const int position = first + key;
        const bool is_valid = position < end;
        const bf16* from = keys;
        if (is_valid) {
            from += table[position / BLOCK_SIZE] * block_stride + position % BLOCK_SIZE * HEAD_DIM + segment * 8;
        }
        bf16* row = to + key * KEY_STRIDE + segment * 8;
        copy_async(row, from, is_valid);
        copy_async(row + KEYS * KEY_STRIDE, is_valid ? from + values_offset : keys, is_valid);
    }
}

/** One warp's share of a part: 16 keys out of each 64. */
__device__ __forceinline__ void attend_part(SoftmaxRows& rows, const unsigned (&queries)[DIM_STEPS][4], bf16* stages,
                                            const bf16* keys, long long values_offset, const int* table,
                                            long long block_stride, int first, int first_visible, int end,
                                            float scale) {
    const int stage_size = 2 * KEYS * KEY_STRIDE;
#pragma unroll
    for (int i = 0; i < STAGES - 1; i++) {
        if (first + i * PART_UNIT < end) {
            load(stages + i * stage_size, keys, values_offset, table, block_stride, first + i * PART_UNIT, end);
        }
        commit_copies();
    }
    int stage = 0;
    for (; first < end; first += PART_UNIT) {
        const int ahead = first + (STAGES - 1) * PART_UNIT;
        if (ahead < end) {
            const int free_stage = stage == 0 ? STAGES - 1 : stage - 1;
            load(stages + free_stage * stage_size, keys, values_offset, table, block_stride, ahead, end);
        }
        commit_copies();
        await_copies<STAGES - 1>();
        __syncwarp();
        const bf16* tile = stages + stage * stage_size;
        float scores[2][4];
        score(scores[0], scores[1], queries, tile);
#pragma unroll
        for (int i = 0; i < 8; i++) {
            const int key = first + i / 4 * 8 + threadIdx.x % 4 * 2 + i % 2;
            const bool is_hidden = key >= end || key < first_visible;
            scores[i / 4][i % 4] = is_hidden ? -INFINITY_F : scores[i / 4][i % 4] * scale;
        }
        rows.weigh(scores);
        rows.add(scores[0], scores[1], tile + KEYS * KEY_STRIDE);
        // All lanes have read this stage before any lane fills it again.
        __syncwarp();
        stage = stage == STAGES - 1 ? 0 : stage + 1;
    }
    await_copies<0>();
}

/** What a block leaves for the merge: normalized rows and the logarithm (base 2) of their weights' sum. */
struct Partials {
    float* out;  // [parts][heads][HEAD_DIM]
    float* logs; // [parts][heads]

    __device__ __forceinline__ Partials at(int part, int heads) const {
        return Partials{out + (long long)part * heads * HEAD_DIM, logs + (long long)part * heads};
    }
};

/** Puts the four warps' rows together; writes the result, or a part of it. */
__device__ __forceinline__ void combine(const SoftmaxRows& rows, float* scratch, int row_count, bf16* out,
                                        Partials partials) {
    float* const outs = scratch; // [WARPS][16][HEAD_DIM]
    float* const maxima = scratch + WARPS * 16 * HEAD_DIM;
    float* const sums = maxima + WARPS * 16;
    const int warp = threadIdx.x / 32;
    const int row = threadIdx.x % 32 / 4;
    const int column = threadIdx.x % 4 * 2;
    __syncthreads(); // every warp is done with its stages
#pragma unroll
    for (int half = 0; half < 2; half++) {
        const int at = warp * 16 + row + 8 * half;
#pragma unroll
        for (int tile = 0; tile < DIM_TILES; tile++) {
            *(float2*)(outs + at * HEAD_DIM + tile * 8 + column) =
                make_float2(rows.out[tile][2 * half], rows.out[tile][2 * half + 1]);
        }
        if (column == 0) {
            maxima[at] = rows.max[half];
            sums[at] = rows.sum[half];
        }
    }
    __syncthreads();
    for (int i = threadIdx.x; i < row_count * HEAD_DIM; i += WARPS * 32) {
        const int r = i / HEAD_DIM;
        float largest = -INFINITY_F;
        for (int w = 0; w < WARPS; w++) {
            largest = fmaxf(largest, maxima[w * 16 + r]);
        }
        float value = 0.0f;
        float sum = 0.0f;
        for (int w = 0; w < WARPS; w++) {
            // A window may hide all of a warp's keys, or all of a part.
            const float weight = maxima[w * 16 + r] == -INFINITY_F ? 0.0f : power_of_two(maxima[w * 16 + r] - largest);
            value += weight * outs[(w * 16 + r) * HEAD_DIM + i % HEAD_DIM];
            sum += weight * sums[w * 16 + r];
        }
        value = sum > 0.0f ? value / sum : 0.0f;
        if (out) {
            out[i] = to_bf16(value);
        } else {
            partials.out[i] = value;
            if (i % HEAD_DIM == 0) {
                partials.logs[r] = sum > 0.0f ? largest + log2f(sum) : -INFINITY_F;
            }
        }
    }
    __syncthreads(); // the next part's stages lie where the scratch did
}

/** Whether the calling block is the last of a sequence's parts: it sees what all others wrote. */
__device__ __forceinline__ bool arrives_last(int* arrivals, int parts) {
    __shared__ bool is_last;
    __threadfence();
    __syncthreads();
    if (threadIdx.x == 0) {
        is_last = atomicAdd(arrivals, 1) == parts - 1;
        if (is_last) {
            *arrivals = 0; // for the next layer
        }
    }
    __syncthreads();
    __threadfence();
    return is_last;
}

/** Puts the parts of row_count heads together; a warp takes a head at a time. Reads past the first-level cache. */
__device__ __forceinline__ void merge(bf16* out, Partials first, int parts, int heads, int row_count) {
    const int lane = threadIdx.x % 32;
    for (int row = threadIdx.x / 32; row < row_count; row += WARPS) {
        const float* logs = first.logs + row;
        float largest = -INFINITY_F;
        for (int part = lane; part < parts; part += 32) {
            largest = fmaxf(largest, __ldcg(logs + (long long)part * heads));
        }
        for (int offset = 16; offset > 0; offset >>= 1) {
            largest = fmaxf(largest, __shfl_xor_sync(0xffffffffu, largest, offset));
        }
        for (int pair = lane; pair < HEAD_DIM / 2; pair += 32) {
            float2 value = make_float2(0.0f, 0.0f);
            float sum = 0.0f;
#pragma unroll 8
            for (int part = 0; part < parts; part++) {
                const long long at = (long long)part * heads;
                const float weight = power_of_two(__ldcg(logs + at) - largest);
                const float2 own = __ldcg((const float2*)(first.out + (at + row) * HEAD_DIM) + pair);
                value.x += weight * own.x;
                value.y += weight * own.y;
                sum += weight;
            }
            ((unsigned*)(out + row * HEAD_DIM))[pair] = pack_bf16(value.x / sum, value.y / sum);
        }
    }
}

extern "C" __global__ void __launch_bounds__(WARPS * 32)
decode_attend(const bf16* __restrict__ qkv,   // [tokens][qkv_stride]: queries first
              const bf16* __restrict__ cache, // [blocks][layers][2][kv_heads][BLOCK_SIZE][HEAD_DIM]
              const int* __restrict__ lengths,     // [sequences] context, the new token included
              const int* __restrict__ token_rows,  // [sequences] row of qkv
              const int* __restrict__ first_blocks, // [sequences] where its block ids begin
              const int* __restrict__ tables,      // block ids
              const Plan* __restrict__ plan, const int* __restrict__ first_parts, const Part* __restrict__ parts,
              bf16* __restrict__ out,           // [tokens][heads * HEAD_DIM]
              float* partial_out,  // [parts][heads][HEAD_DIM]
              float* partial_logs, // [parts][heads]
              int* arrivals,       // [sequences][kv_heads][tiles] parts that are done; zeros before and after
              long long block_stride, int layer, int heads, int kv_heads, int qkv_stride, int window,
              float scale) { // log2(e) / sqrt(HEAD_DIM)
    extern __shared__ __align__(16) bf16 shared[];
    await_previous_kernels();
    const int warp = threadIdx.x / 32;
    const int row = threadIdx.x % 32 / 4;
    const int group = heads / kv_heads;
    const int tiles = (group + 15) / 16; // of 16 query heads
    const Plan cut = *plan;
    for (int work = blockIdx.x; work < cut.parts * kv_heads * tiles; work += gridDim.x) {
        const int part_index = work / (kv_heads * tiles);
        const int kv_head = work / tiles % kv_heads;
        const int first_row = work % tiles * 16;
        const int first_head = kv_head * group + first_row;
        const int row_count = min(16, group - first_row);
        const Part part = parts[part_index];
        const int length = lengths[part.sequence];
        const int token = token_rows[part.sequence];
        const int end = min(length, part.begin + cut.part_length);
        const int first_visible = window > 0 ? max(0, length - window) : 0;
        // Whole units that the window hides are not read.
        const int begin = max(part.begin, first_visible / PART_UNIT * PART_UNIT);
        const bf16* keys = cache + ((long long)layer * 2 * kv_heads + kv_head) * BLOCK_SIZE * HEAD_DIM;

        unsigned queries[DIM_STEPS][4];
        const bf16* query = qkv + (long long)token * qkv_stride + (first_head + row) * HEAD_DIM;
        load_queries(queries, row < row_count ? query : nullptr, row + 8 < row_count ? query + 8 * HEAD_DIM : nullptr);
        SoftmaxRows rows;
        rows.clear();
        attend_part(rows, queries, shared + warp * STAGES * 2 * KEYS * KEY_STRIDE, keys,
                    (long long)kv_heads * BLOCK_SIZE * HEAD_DIM, tables + first_blocks[part.sequence], block_stride,
                    begin + warp * KEYS, first_visible, end, scale);
        const int first_part = first_parts[part.sequence];
        const int part_count = first_parts[part.sequence + 1] - first_part;
        bf16* const result = out + ((long long)token * heads + first_head) * HEAD_DIM;
        const Partials partials{partial_out + first_head * HEAD_DIM, partial_logs + first_head};
        combine(rows, (float*)shared, row_count, part_count == 1 ? result : nullptr, partials.at(part_index, heads));
        if (part_count > 1) {
            int* const own_arrivals = arrivals + (part.sequence * kv_heads + kv_head) * tiles + work % tiles;
            if (arrives_last(own_arrivals, part_count)) {
                merge(result, partials.at(first_part, heads), part_count, heads, row_count);
            }
        }
    }
}
