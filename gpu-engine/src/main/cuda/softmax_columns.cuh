// Online softmax (Milakov, Gimelshein: Online normalizer calculation for softmax, 2018) of a warp's queries over tiles of
// 16 keys, with queries as the columns of the tensor cores' results: these have tiles of 8 columns, where rows come in 16,
// and few query heads share a KV head. Compile with HEAD_DIM, a multiple of 16, and QUERY_TILES, of 8 queries.
#pragma once
#include "mma.cuh"

#define DIM_STEPS (HEAD_DIM / 16)

/** Elements between two keys in shared memory: 16 bytes of padding put 8 consecutive rows in different banks. */
#define KEY_STRIDE (HEAD_DIM + 8)

/** Transposes a tile of 8 x 8: lane l has columns 2 * (l % 4) and + 1 of row l / 4, before and after. */
__device__ __forceinline__ unsigned transposed(unsigned words) {
    unsigned result;
    asm volatile("movmatrix.sync.aligned.m8n8.trans.b16 %0, %1;" : "=r"(result) : "r"(words));
    return result;
}

/** Over the eight lanes that hold a column of a product. */
__device__ __forceinline__ float column_max(float value) {
    value = fmaxf(value, __shfl_xor_sync(0xffffffffu, value, 4));
    value = fmaxf(value, __shfl_xor_sync(0xffffffffu, value, 8));
    return fmaxf(value, __shfl_xor_sync(0xffffffffu, value, 16));
}

__device__ __forceinline__ float column_sum(float value) {
    value += __shfl_xor_sync(0xffffffffu, value, 4);
    value += __shfl_xor_sync(0xffffffffu, value, 8);
    return value + __shfl_xor_sync(0xffffffffu, value, 16);
}

/** A tile of 8 queries, as the products' right side; null rows are zeros. */
struct QueryTile {
    unsigned words[DIM_STEPS][2];

    /** @param row of query lane / 4, or null */
    __device__ __forceinline__ void load(const bf16* row) {
#pragma unroll
        for (int step = 0; step < DIM_STEPS; step++) {
            const int at = step * 16 + threadIdx.x % 4 * 2;
            words[step][0] = row ? *(const unsigned*)(row + at) : 0;
            words[step][1] = row ? *(const unsigned*)(row + at + 8) : 0;
        }
    }
};

/** scores [16 x 8] = keys [16 x HEAD_DIM] * queries transposed; lane l has keys l / 4 and + 8 of queries 2 * (l % 4), + 1. */
__device__ __forceinline__ void score(float (&scores)[QUERY_TILES][4], const QueryTile (&queries)[QUERY_TILES],
                                      const bf16* keys) {
    const int lane = threadIdx.x % 32;
    const bf16* row = keys + lane % 16 * KEY_STRIDE + lane / 16 * 8;
    float sums[2][QUERY_TILES][4]; // two, as a product waits for the one before that adds to the same
#pragma unroll
    for (int i = 0; i < 8 * QUERY_TILES; i++) {
        sums[i % 2][i / 8][i / 2 % 4] = 0.0f;
    }
#pragma unroll
    for (int step = 0; step < DIM_STEPS; step++) {
        unsigned tiles[4];
        load_tiles(tiles, row + step * 16);
#pragma unroll
        for (int tile = 0; tile < QUERY_TILES; tile++) {
            multiply_add(sums[step % 2][tile], tiles, queries[tile].words[step][0], queries[tile].words[step][1]);
        }
    }
#pragma unroll
    for (int i = 0; i < 4 * QUERY_TILES; i++) {
        scores[i / 4][i % 4] = sums[0][i / 4][i % 4] + sums[1][i / 4][i % 4];
    }
}

/** What a warp knows of a tile of queries; a lane holds rows l / 4 and + 8 of columns 2 * (l % 4) and + 1. Scores are in
 *  units of log2(e), so that weights are powers of two. */
struct SoftmaxColumns {
    float max[2];
    float sum[2]; // of the lane's own keys
    float out[DIM_STEPS][4];

    __device__ __forceinline__ void clear() {
        max[0] = max[1] = -INFINITY_F;
        sum[0] = sum[1] = 0.0f;
#pragma unroll
        for (int step = 0; step < DIM_STEPS; step++) {
            out[step][0] = out[step][1] = out[step][2] = out[step][3] = 0.0f;
        }
    }

    __device__ __forceinline__ void scale(const float (&factors)[2]) {
#pragma unroll
        for (int i = 0; i < 4 * DIM_STEPS; i++) {
            out[i / 4][i % 4] *= factors[i % 2];
        }
    }

    /** Turns scores into weights, and scales what was summed by older maxima. Masked scores are minus infinity. */
    __device__ __forceinline__ void weigh(float (&scores)[4]) {
        float factors[2];
        bool has_grown = false;
#pragma unroll
        for (int i = 0; i < 2; i++) {
            const float largest = column_max(fmaxf(max[i], fmaxf(scores[i], scores[i + 2])));
            // A column that has seen no key yet has no maximum to subtract.
            const float base = largest == -INFINITY_F ? 0.0f : largest;
            factors[i] = power_of_two(max[i] - base);
            has_grown |= largest > max[i];
            max[i] = largest;
            scores[i] = power_of_two(scores[i] - base);
            scores[i + 2] = power_of_two(scores[i + 2] - base);
            sum[i] = sum[i] * factors[i] + scores[i] + scores[i + 2];
        }
        if (__any_sync(0xffffffffu, has_grown)) {
            scale(factors);
        }
    }

    /** Ends the sums over the keys. */
    __device__ __forceinline__ void total() {
        sum[0] = column_sum(sum[0]);
        sum[1] = column_sum(sum[1]);
    }
};

/** out [HEAD_DIM x 8] += values [16 keys x HEAD_DIM] transposed * weights [16 keys x 8], of each tile of queries. */
__device__ __forceinline__ void add(SoftmaxColumns (&columns)[QUERY_TILES], const float (&weights)[QUERY_TILES][4],
                                    const bf16* values) {
    const int lane = threadIdx.x % 32;
    const bf16* row = values + (lane / 16 * 8 + lane % 8) * KEY_STRIDE + lane / 8 % 2 * 8;
    unsigned right[QUERY_TILES][2];
#pragma unroll
    for (int tile = 0; tile < QUERY_TILES; tile++) {
        right[tile][0] = transposed(pack_bf16(weights[tile][0], weights[tile][1]));
        right[tile][1] = transposed(pack_bf16(weights[tile][2], weights[tile][3]));
    }
#pragma unroll
    for (int step = 0; step < DIM_STEPS; step++) {
        unsigned tiles[4];
        load_transposed_tiles(tiles, row + step * 16);
#pragma unroll
        for (int tile = 0; tile < QUERY_TILES; tile++) {
            multiply_add(columns[tile].out[step], tiles, right[tile][0], right[tile][1]);
        }
    }
}
