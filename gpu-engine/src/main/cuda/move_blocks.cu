// Copies KV blocks of the pool, wherever they lie, to one piece of memory in a row or back, for a migration: few large
// messages go several times as fast between GPUs as many of a block each.
//
// Grid: any; THREADS, 16 bytes each, 4 times at a time. A block's bytes are a multiple of 16. Compile with MAX_BLOCKS, of a
// call, and THREADS.
#include "launch.cuh"

#ifndef MAX_BLOCKS // the engine sets both
#define MAX_BLOCKS 256
#define THREADS 512
#endif
#define AT_A_TIME 4

struct Blocks {
    int ids[MAX_BLOCKS];
};

extern "C" __global__ void __launch_bounds__(THREADS)
move_blocks(uint4* __restrict__ pool,   // [blocks][words]
            uint4* __restrict__ row,    // [count][words]
            const __grid_constant__ Blocks blocks, // negative ids: nothing is copied
            long long words,            // of a block, 16 bytes each
            int count, int is_gathering) {
    const long long stride = (long long)gridDim.x * blockDim.x;
    for (int block = 0; block < count; block++) {
        if (blocks.ids[block] < 0) {
            continue;
        }
        uint4* const own = pool + blocks.ids[block] * words;
        uint4* const to = is_gathering ? row + block * words : own;
        const uint4* const from = is_gathering ? own : row + block * words;
        for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < words; i += AT_A_TIME * stride) {
            uint4 values[AT_A_TIME];
#pragma unroll
            for (int j = 0; j < AT_A_TIME; j++) {
                if (i + j * stride < words) {
                    values[j] = from[i + j * stride];
                }
            }
#pragma unroll
            for (int j = 0; j < AT_A_TIME; j++) {
                if (i + j * stride < words) {
                    to[i + j * stride] = values[j];
                }
            }
        }
    }
}
