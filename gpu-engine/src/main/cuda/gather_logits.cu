// Puts the ranks' logits together: each rank writes those of its tokens into every rank's matrix, its own included, and
// waits until all others have done so. Before the next launch with the same block the ranks must have exchanged
// something else, so that nobody still reads what is overwritten: every forward pass's all-reduces do.
//
// Grid: few enough blocks to be on the GPU at a time, as they wait for their like on other GPUs; 256 threads, 16 bytes
// each at a time. Types: float32. own_vocab must be a multiple of 4. Compile with RANKS.
#include "launch.cuh"
#include "peers.cuh"

struct Matrices {
    float4* logits[RANKS];  // [rows][RANKS * own_vocab], as mapped on this GPU, by rank
    unsigned* flags[RANKS]; // [blocks][RANKS]
};

extern "C" __global__ void __launch_bounds__(256)
gather_logits(const __grid_constant__ Matrices matrices,
              unsigned* __restrict__ epochs,  // [blocks], of the last launch; this rank's own
              const float4* __restrict__ own, // [rows][own_vocab]
              int rank, int rows, int own_vocab) {
    await_previous_kernels();
    const unsigned epoch = epochs[blockIdx.x] + 1;
    const int words = own_vocab / 4;
    const int count = rows * words;
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < count; i += gridDim.x * blockDim.x) {
        const float4 value = own[i];
        const long long place = ((long long)(i / words) * RANKS + rank) * words + i % words;
#pragma unroll
        for (int to = 0; to < RANKS; to++) {
            matrices.logits[to][place] = value;
        }
    }
    __syncthreads();
#pragma unroll
    for (int peer = 0; peer < RANKS; peer++) {
        if (threadIdx.x == peer && peer != rank) {
            raise(matrices.flags[peer] + blockIdx.x * RANKS + rank, epoch);
            await_raised(matrices.flags[rank] + blockIdx.x * RANKS + peer, epoch);
        }
    }
    __syncthreads();
    if (threadIdx.x == 0) {
        epochs[blockIdx.x] = epoch;
    }
}
