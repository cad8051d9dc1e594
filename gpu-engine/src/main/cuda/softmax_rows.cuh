// Online softmax over 16 query rows of a warp (Milakov, Gimelshein: Online normalizer calculation for softmax, 2018;
// Dao: FlashAttention-2, 2023). Compile with HEAD_DIM, a multiple of 16.
#pragma once
#include "mma.cuh"

#define DIM_TILES (HEAD_DIM / 8)
#define DIM_STEPS (HEAD_DIM / 16)

/** Elements between two keys in shared memory: 16 bytes of padding put 8 consecutive rows in different banks. */
#define KEY_STRIDE (HEAD_DIM + 8)

/** What a warp knows of its 16 rows; a lane holds columns of rows lane / 4 and lane / 4 + 8. Scores are in units of
 *  log2(e), so that weights are powers of two. */
struct SoftmaxRows {
    float max[2];
    float sum[2];
    float out[DIM_TILES][4];

    __device__ __forceinline__ void clear() {
        max[0] = max[1] = -INFINITY_F;
        sum[0] = sum[1] = 0.0f;
#pragma unroll
        for (int tile = 0; tile < DIM_TILES; tile++) {
            out[tile][0] = out[tile][1] = out[tile][2] = out[tile][3] = 0.0f;
        }
    }

    /** Turns scores into weights, and scales what was summed by older maxima. Masked scores are minus infinity. */
    template <int key_tiles>
    __device__ __forceinline__ void weigh(float (&scores)[key_tiles][4]) {
#pragma unroll
        for (int half = 0; half < 2; half++) {
            float largest = max[half];
#pragma unroll
            for (int tile = 0; tile < key_tiles; tile++) {
                largest = fmaxf(largest, fmaxf(scores[tile][2 * half], scores[tile][2 * half + 1]));
            }
            largest = row_max(largest);
            // A row that has seen no key yet has no maximum to subtract.
            const float base = largest == -INFINITY_F ? 0.0f : largest;
            const float scale = power_of_two(max[half] - base);
            max[half] = largest;
            float added = 0.0f;
#pragma unroll
            for (int tile = 0; tile < key_tiles; tile++) {
                scores[tile][2 * half] = power_of_two(scores[tile][2 * half] - base);
                scores[tile][2 * half + 1] = power_of_two(scores[tile][2 * half + 1] - base);
                added += scores[tile][2 * half] + scores[tile][2 * half + 1];
            }
            sum[half] = sum[half] * scale + row_sum(added);
#pragma unroll
            for (int tile = 0; tile < DIM_TILES; tile++) {
                out[tile][2 * half] *= scale;
                out[tile][2 * half + 1] *= scale;
            }
        }
    }

    /** out += weights [16 x 16] * values [16 keys x HEAD_DIM], from two neighbouring score tiles. */
    __device__ __forceinline__ void add(const float (&left)[4], const float (&right)[4], const bf16* values) {
        const int lane = threadIdx.x % 32;
        const unsigned weights[4] = {pack_bf16(left[0], left[1]), pack_bf16(left[2], left[3]),
                                     pack_bf16(right[0], right[1]), pack_bf16(right[2], right[3])};
        const bf16* row = values + (lane % 16) * KEY_STRIDE + lane / 16 * 8;
#pragma unroll
        for (int step = 0; step < DIM_STEPS; step++) {
            unsigned tiles[4];
            load_transposed_tiles(tiles, row + step * 16);
            multiply_add(out[2 * step], weights, tiles[0], tiles[1]);
            multiply_add(out[2 * step + 1], weights, tiles[2], tiles[3]);
        }
    }
};

/** left, right [16 x 8 each] = queries [16 x HEAD_DIM] * keys [16 keys x HEAD_DIM] transposed. */
__device__ __forceinline__ void score(float (&left)[4], float (&right)[4], const unsigned (&queries)[DIM_STEPS][4],
                                      const bf16* keys) {
    const int lane = threadIdx.x % 32;
    const bf16* row = keys + (lane / 16 * 8 + lane % 8) * KEY_STRIDE + lane / 8 % 2 * 8;
    left[0] = left[1] = left[2] = left[3] = 0.0f;
    right[0] = right[1] = right[2] = right[3] = 0.0f;
#pragma unroll
    for (int step = 0; step < DIM_STEPS; step++) {
        unsigned tiles[4];
        load_tiles(tiles, row + step * 16);
        multiply_add(left, queries[step], tiles[0], tiles[1]);
        multiply_add(right, queries[step], tiles[2], tiles[3]);
    }
}

/** A warp's 16 query rows as fragments of 16 x 16; null rows are zeros. */
__device__ __forceinline__ void load_queries(unsigned (&queries)[DIM_STEPS][4], const bf16* upper, const bf16* lower) {
    const int column = threadIdx.x % 4 * 2;
#pragma unroll
    for (int step = 0; step < DIM_STEPS; step++) {
        const int at = step * 16 + column;
        queries[step][0] = upper ? *(const unsigned*)(upper + at) : 0;
        queries[step][1] = lower ? *(const unsigned*)(lower + at) : 0;
        queries[step][2] = upper ? *(const unsigned*)(upper + at + 8) : 0;
        queries[step][3] = lower ? *(const unsigned*)(lower + at + 8) : 0;
    }
}
