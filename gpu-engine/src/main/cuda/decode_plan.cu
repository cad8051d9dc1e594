// Cuts all the contexts of a step's single tokens into equal shares for decode_attend, once a step and window.
//
// Grid: one block of 1024 threads.
#include "block_1024.cuh"
#include "launch.cuh"
#include "decode_tiles.cuh"

/** Tiles of a share at least: copying fewer takes less time than putting the results of the shares together. */
#define MIN_SHARE 4

/** The last sequence that begins at or before a tile: empty ones before it begin there too. */
__device__ __forceinline__ int sequence_of(int tile, const int* first_tiles, int sequences, int heads) {
    int low = 0;
    int high = sequences;
    while (low + 1 < high) {
        const int middle = (low + high) / 2;
        if (first_tiles[middle] * heads <= tile) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

extern "C" __global__ void __launch_bounds__(1024)
decode_plan(const int* __restrict__ lengths,      // [sequences]
            const int* __restrict__ first_blocks, // [sequences]
            Plan* __restrict__ plan,
            int* __restrict__ first_tiles, // [sequences + 1] of one head
            Start* __restrict__ starts,    // [warps]
            int sequences, int heads, int window, int warps) {
    await_previous_kernels();
    int all = 0;
    for (int base = 0; base < sequences; base += blockDim.x) {
        const int sequence = base + threadIdx.x;
        Sum total;
        const int tiles = sequence < sequences ? visible_tiles(lengths[sequence], window) : 0;
        const int first = all + (int)sum_before(tiles, &total);
        if (sequence < sequences) {
            first_tiles[sequence] = first;
        }
        all += (int)total;
    }
    const int tiles = all * heads;
    const int share = max(MIN_SHARE, (tiles + warps - 1) / warps);
    if (threadIdx.x == 0) {
        first_tiles[sequences] = all;
        *plan = Plan{share};
    }
    __syncthreads();
    for (int warp = threadIdx.x; warp < warps; warp += blockDim.x) {
        const int first = warp * share;
        Start start{};
        if (first < tiles) {
            start.sequence = sequence_of(first, first_tiles, sequences, heads);
            start.length = lengths[start.sequence];
            start.first_block = first_blocks[start.sequence];
            start.count = min(share, tiles - first);
            const int own = first - first_tiles[start.sequence] * heads;
            const int visible = visible_tiles(start.length, window);
            start.head = own / visible;
            start.tile = own % visible;
        }
        starts[warp] = start;
    }
}
