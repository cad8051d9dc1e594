// A weight matrix times one token: y = weight * x + bias. There is nothing to share, so only memory's speed counts: each
// warp has rows of its own, neighbours in memory, and copies them through a ring of pieces in shared memory. It begins to
// before the kernels before this one are done, as weights do not change; their time is not lost to memory then. A
// multiprocessor holds 192 KiB of pieces, 5 microseconds of memory's time.
//
// Grid: as many blocks as multiprocessors. Shared memory: STAGES pieces and barriers a warp, x (dynamic).
// Types: bf16 weight, x and bias, float32 sums, y bf16, or float32 where compiled with RESULT_FLOAT32. Compile with COLS, the
// matrix's columns, PIECE, those of a piece, a divisor and a multiple of 256, STAGES and WARPS; rows 16-byte aligned.
#include "hopper.cuh"

#ifndef COLS // the engine sets all four
#define COLS 4096
#define PIECE 2048
#define STAGES 6
#define WARPS 8
#endif

#ifdef RESULT_FLOAT32
typedef float Result;

__device__ __forceinline__ Result to_result(float value) {
    return value;
}
#else
typedef bf16 Result;

__device__ __forceinline__ Result to_result(float value) {
    return to_bf16(value);
}
#endif

/** Begins to copy a piece; the barrier counts its bytes. */
__device__ __forceinline__ void copy_piece(bf16* to, const bf16* from, unsigned long long* filled) {
    arrive_expecting(filled, 2 * PIECE);
    asm volatile("cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], %2, [%3];" ::"r"(
                     shared_address(to)),
                 "l"(from), "n"(2 * PIECE), "r"(shared_address(filled))
                 : "memory");
}

/** Sum of products of 8 neighbouring numbers. */
__device__ __forceinline__ float dot8(uint4 left, uint4 right, float sum) {
    const unsigned l[4] = {left.x, left.y, left.z, left.w};
    const unsigned r[4] = {right.x, right.y, right.z, right.w};
#pragma unroll
    for (int i = 0; i < 4; i++) {
        sum = fmaf(first_of(l[i]), first_of(r[i]), sum);
        sum = fmaf(second_of(l[i]), second_of(r[i]), sum);
    }
    return sum;
}

extern "C" __global__ void __launch_bounds__(WARPS * 32, 1)
vector_product_sm90(const bf16* __restrict__ weight, // [rows][COLS]
                    const bf16* __restrict__ x,      // [COLS]
                    const bf16* __restrict__ bias,   // [rows], or null
                    Result* __restrict__ y,          // [rows]
                    int rows) {
    extern __shared__ __align__(128) bf16 shared[]; // [WARPS][STAGES][PIECE], x [COLS], barriers [WARPS][STAGES]
    const int warp = threadIdx.x / 32;
    const int lane = threadIdx.x % 32;
    bf16* const ring = shared + warp * STAGES * PIECE;
    bf16* const token = shared + WARPS * STAGES * PIECE;
    unsigned long long* const filled = (unsigned long long*)(token + COLS) + warp * STAGES;
    const long long own = blockIdx.x * WARPS + warp;
    const int first = (int)(own * rows / (gridDim.x * WARPS));
    const int end = (int)((own + 1) * rows / (gridDim.x * WARPS));
    const bf16* next = weight + (long long)first * COLS;
    const int pieces = (end - first) * (COLS / PIECE);
    if (lane == 0) {
        for (int stage = 0; stage < STAGES; stage++) {
            barrier_init(filled + stage, 1);
        }
        fence_barrier_init();
        for (int stage = 0; stage < min(STAGES, pieces); stage++) {
            copy_piece(ring + stage * PIECE, next, filled + stage);
            next += PIECE;
        }
    }
    await_previous_kernels();
    // Not earlier: attention counts on all that came before the kernel that this one waits for (launch.cuh).
    admit_next_kernel();
    for (int i = threadIdx.x; i < COLS / 8; i += WARPS * 32) {
        ((uint4*)token)[i] = ((const uint4*)x)[i];
    }
    __syncthreads();
    int stage = 0;
    int parity = 0;
    int asked = STAGES;
    for (int row = first; row < end; row++) {
        float sum = 0.0f;
        for (int column = 0; column < COLS; column += PIECE) {
            const uint4* left = (const uint4*)(ring + stage * PIECE);
            const uint4* right = (const uint4*)(token + column);
            await(filled + stage, parity);
#pragma unroll
            for (int i = 0; i < PIECE / 256; i++) {
                sum = dot8(left[32 * i + lane], right[32 * i + lane], sum);
            }
            __syncwarp(); // all have read it
            if (asked++ < pieces && lane == 0) {
                copy_piece(ring + stage * PIECE, next, filled + stage);
                next += PIECE;
            }
            stage = stage == STAGES - 1 ? 0 : stage + 1;
            parity ^= stage == 0;
        }
        sum = warp_sum(sum);
        if (lane == 0) {
            y[row] = to_result(bias ? sum + to_float(bias[row]) : sum);
        }
    }
}
