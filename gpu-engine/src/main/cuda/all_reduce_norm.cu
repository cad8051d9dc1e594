// The sum of what the ranks have computed of a layer's output, added to the residual, and RMSNorm of that: rms_norm.cu
// over a sum of parts. One shot: each rank sends its part to all others, and each adds all parts in the order of the
// ranks, so that the residual has the same bits everywhere. For few rows, where latency counts and not bytes.
//
//   residual[t] += sum over ranks of delta[t];  out[t] = residual[t] / sqrt(mean(residual[t]^2) + eps) * weight
//
// An inbox holds [2 places][max_rows][RANKS senders][hidden] bf16 numbers, 0 where nothing has come (peers.cuh). Which
// place is a row's turn depends on the number of launches that had that row: the same on all ranks, as these launch the
// same kernels in the same order.
//
// Grid: one block an output row, as in rms_norm.cu; all blocks of a launch must fit on the GPU at a time, since they
// wait for each other's. Types: bf16 delta and out, float32 residual, weight and sums.
// hidden must be a multiple of 4 and at most 4 * TURNS * blockDim, rows 16-byte aligned. Compile with RANKS.
#include "bf16.cuh"
#include "peers.cuh"

#ifndef TURNS // the engine sets it
#define TURNS 4
#endif

struct Inboxes {
    uint2* of[RANKS]; // as mapped on this GPU, by rank
};

__device__ __forceinline__ float4 plus(float4 value, float4 other) {
    return make_float4(value.x + other.x, value.y + other.y, value.z + other.z, value.w + other.w);
}

__device__ __forceinline__ float4 plus(float4 value, uint2 words) {
    return plus(value, make_float4(first_of(words.x), second_of(words.x), first_of(words.y), second_of(words.y)));
}

extern "C" __global__ void __launch_bounds__(1024)
all_reduce_norm(const __grid_constant__ Inboxes inboxes,
                unsigned* __restrict__ turns,     // [max_rows] launches so far; this rank's own
                float* __restrict__ residual,     // [tokens][hidden], read and written
                const bf16* __restrict__ delta,   // [tokens][hidden], this rank's part
                const float* __restrict__ weight, // [hidden]
                const int* __restrict__ rows,     // [gridDim.x] tokens, whose residual is left as it is; or null: all
                bf16* __restrict__ out,           // [gridDim.x][hidden]
                int rank, int max_rows, int hidden, float eps) {
    admit_next_kernel();
    const int words = hidden / 4;
    float4 factors[TURNS];
#pragma unroll
    for (int turn = 0; turn < TURNS; turn++) {
        const int i = turn * blockDim.x + threadIdx.x;
        if (i < words) {
            factors[turn] = ((const float4*)weight)[i];
        }
    }
    await_previous_kernels();
    const int row = blockIdx.x;
    const long long token = rows ? rows[row] : row;
    const unsigned launches = turns[row];
    const long long place = ((long long)(launches & 1) * max_rows + row) * RANKS * words;
    const uint2* deltas = (const uint2*)(delta + token * hidden);
    float4* values = (float4*)(residual + token * hidden);
    uint2 part[TURNS];
    float4 own[TURNS];
#pragma unroll
    for (int turn = 0; turn < TURNS; turn++) {
        const int i = turn * blockDim.x + threadIdx.x;
        if (i < words) {
            part[turn] = deltas[i];
#pragma unroll
            for (int to = 0; to < RANKS; to++) {
                if (to != rank) {
                    send(inboxes.of[to] + place + (long long)rank * words + i, part[turn]);
                }
            }
            own[turn] = values[i];
        }
    }
    float squares = 0.0f;
#pragma unroll
    for (int turn = 0; turn < TURNS; turn++) {
        const int i = turn * blockDim.x + threadIdx.x;
        if (i < words) {
            float4 sum = make_float4(0.0f, 0.0f, 0.0f, 0.0f);
#pragma unroll
            for (int from = 0; from < RANKS; from++) {
                uint2* inbox = inboxes.of[rank] + place + (long long)from * words + i;
                sum = plus(sum, from == rank ? part[turn] : receive(inbox));
            }
            own[turn] = plus(own[turn], sum);
            if (!rows) {
                values[i] = own[turn];
            }
            squares += own[turn].x * own[turn].x + own[turn].y * own[turn].y + own[turn].z * own[turn].z +
                       own[turn].w * own[turn].w;
        }
    }
    const float scale = rsqrtf(block_sum(squares) / hidden + eps);
    if (threadIdx.x == 0) {
        turns[row] = launches + 1; // all threads have read it: block_sum waits for them
    }
    uint2* to = (uint2*)(out + (long long)row * hidden);
#pragma unroll
    for (int turn = 0; turn < TURNS; turn++) {
        const int i = turn * blockDim.x + threadIdx.x;
        if (i < words) {
            const float4 factor = factors[turn];
            to[i] = make_uint2(pack_bf16(own[turn].x * scale * factor.x, own[turn].y * scale * factor.y),
                               pack_bf16(own[turn].z * scale * factor.z, own[turn].w * scale * factor.w));
        }
    }
}
