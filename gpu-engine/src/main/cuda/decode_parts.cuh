// Results of shares that begin or end within a head, and how they are put together: by the warp that ends last, in the
// order of the shares, so that the result does not depend on which that is. Where there are many, sets of FAN are put
// together first, each by its own last warp. Compile with HEAD_DIM and TEAM.
#pragma once
#include "softmax_rows.cuh"

#define FAN 16
#define MERGED_ROWS 4 // at a time

/** Numbers of a head's parts among all: each share may open one head that it does not end and go on with another. */
struct HeadParts {
    int first_share;
    int member; // of the team
    int count;

    __device__ __forceinline__ int at(int i) const {
        return (2 * (first_share + i) + (i == 0)) * TEAM + member;
    }
};

/** All parts: [rows][HEAD_DIM] normalized results, and [rows] logarithms (base 2) of the sums of their weights, each. */
struct Parts {
    float* out;
    float* logs;
    int* arrivals; // [2][parts] of sets, and of heads
    int rows;
    int parts;

    __device__ __forceinline__ float* out_of(int part) const {
        return out + (long long)part * rows * HEAD_DIM;
    }

    __device__ __forceinline__ float* logs_of(int part) const {
        return logs + (long long)part * rows;
    }
};

/** Whether the calling warp is the last of `count`: it sees what all others wrote. */
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

/** Rows of a head's part as they are summed up; a lane holds four neighbouring columns of each. */
struct MergedRows {
    float largest[MERGED_ROWS];
    float sum[MERGED_ROWS];
    float4 value[MERGED_ROWS];

    /** Adds parts first, first + stride, ..., count at most 32; reads past the first-level cache. */
    __device__ __forceinline__ void add(const Parts& parts, const HeadParts& head, int first, int stride, int count,
                                        int first_row, int row_count, int quad) {
        const int lane = threadIdx.x % 32;
        float weight[MERGED_ROWS];
#pragma unroll
        for (int r = 0; r < MERGED_ROWS; r++) {
            const int row = min(first_row + r, row_count - 1);
            const float log = lane < count ? __ldcg(parts.logs_of(head.at(first + stride * lane)) + row) : -INFINITY_F;
            const float base = fmaxf(largest[r], warp_max(log));
            // Where no part has seen a key yet there is no maximum to subtract.
            const float subtrahend = base == -INFINITY_F ? 0.0f : base;
            const float scale = power_of_two(largest[r] - subtrahend);
            weight[r] = power_of_two(log - subtrahend);
            largest[r] = base;
            sum[r] = sum[r] * scale + warp_sum(weight[r]);
            value[r] = make_float4(value[r].x * scale, value[r].y * scale, value[r].z * scale, value[r].w * scale);
        }
#pragma unroll 8
        for (int i = 0; i < count; i++) {
            const float* from = parts.out_of(head.at(first + stride * i));
#pragma unroll
            for (int r = 0; r < MERGED_ROWS; r++) {
                const int row = min(first_row + r, row_count - 1);
                const float own = __shfl_sync(0xffffffffu, weight[r], i);
                const float4 part = __ldcg((const float4*)(from + row * HEAD_DIM) + quad);
                value[r].x += own * part.x;
                value[r].y += own * part.y;
                value[r].z += own * part.z;
                value[r].w += own * part.w;
            }
        }
    }
};

/**
 * Puts parts first, first + stride, ... of a head together, by one warp: to `out` as bf16, or where that is null to the
 * first of them. Not inlined: its registers are not needed beside the products'.
 */
__device__ __noinline__ void merge(const Parts parts, const HeadParts head, int first, int stride, int count,
                                   int row_count, bf16* out) {
    const int lane = threadIdx.x % 32;
    const int quads = HEAD_DIM / 4;
    float* const part = parts.out_of(head.at(first));
    for (int first_row = 0; first_row < row_count; first_row += MERGED_ROWS) {
        for (int column = 0; column < quads; column += 32) {
            const int quad = min(column + lane, quads - 1);
            MergedRows rows;
#pragma unroll
            for (int r = 0; r < MERGED_ROWS; r++) {
                rows.largest[r] = -INFINITY_F;
                rows.sum[r] = 0.0f;
                rows.value[r] = make_float4(0.0f, 0.0f, 0.0f, 0.0f);
            }
            for (int done = 0; done < count; done += 32) {
                rows.add(parts, head, first + stride * done, stride, min(32, count - done), first_row, row_count, quad);
            }
#pragma unroll
            for (int r = 0; r < MERGED_ROWS; r++) {
                const int row = first_row + r;
                if (row >= row_count || column + lane >= quads) {
                    continue;
                }
                const float factor = rows.sum[r] > 0.0f ? 1.0f / rows.sum[r] : 0.0f;
                const float4 value = make_float4(rows.value[r].x * factor, rows.value[r].y * factor,
                                                 rows.value[r].z * factor, rows.value[r].w * factor);
                if (out) {
                    ((uint2*)(out + row * HEAD_DIM))[quad] =
                        make_uint2(pack_bf16(value.x, value.y), pack_bf16(value.z, value.w));
                } else {
                    ((float4*)(part + row * HEAD_DIM))[quad] = value;
                    // The last columns' turn: all have read the logarithm by then.
                    if (lane == 0 && column + 32 >= quads) {
                        parts.logs_of(head.at(first))[row] =
                            rows.sum[r] > 0.0f ? rows.largest[r] + log2f(rows.sum[r]) : -INFINITY_F;
                    }
                }
            }
        }
    }
}

/** Takes note that part `index` of a head is written, and puts together what is complete by that. */
__device__ __forceinline__ void complete(const Parts& parts, const HeadParts& head, int index, int row_count,
                                         bf16* out) {
    const int first = index / FAN * FAN;
    const int size = min(FAN, head.count - first);
    if (!arrives_last(parts.arrivals + head.at(first), size)) {
        return;
    }
    if (head.count <= FAN) {
        merge(parts, head, 0, 1, head.count, row_count, out);
        return;
    }
    merge(parts, head, first, 1, size, row_count, nullptr);
    const int sets = (head.count + FAN - 1) / FAN;
    if (arrives_last(parts.arrivals + parts.parts + head.at(0), sets)) {
        merge(parts, head, 0, FAN, sets, row_count, out);
    }
}
