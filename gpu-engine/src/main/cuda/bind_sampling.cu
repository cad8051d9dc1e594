// Gives a slot to a sequence: its parameters, and where they need it a mark and a bias for each token.
//
// Grid: one block, 1024 threads. The lists are in the host's pinned memory, which the GPU reads once.
#include "sampling.cuh"

/** Lengths of the lists that follow the parameters, in this order. */
struct Lists {
    int prompt;    // ids
    int generated; // ids
    int stops;     // ids
    int allowed;   // ids; 0 = all tokens are, -1 = none is
    int biased;    // ids, then as many float biases
    int unused[3];
};

extern "C" __global__ void __launch_bounds__(1024)
bind_sampling(const SlotSampling* __restrict__ parameters, // of this slot
              const Lists* __restrict__ lists, const int* __restrict__ ids,
              SlotSampling* __restrict__ states, // [slots], the slot's written
              unsigned* __restrict__ marks,      // [slots][vocab], the slot's written if it has any
              float* __restrict__ bias,          // [slots][vocab], the slot's written if it has any
              int slot, int vocab) {
    const Lists size = *lists;
    const int flags = parameters->flags;
    unsigned* const own_marks = marks + (long long)slot * vocab;
    float* const own_bias = bias + (long long)slot * vocab;
    for (int id = threadIdx.x; id < vocab; id += 1024) {
        if (flags & HAS_MARKS) {
            own_marks[id] = 0;
        }
        if (flags & HAS_BIAS) {
            own_bias[id] = size.allowed ? -INFINITY_F : 0.0f;
        }
    }
    __syncthreads();
    if (flags & HAS_MARKS) {
        for (int i = threadIdx.x; i < size.prompt; i += 1024) {
            atomicOr(&own_marks[ids[i]], MARK_PROMPT);
        }
        for (int i = threadIdx.x; i < size.generated; i += 1024) {
            atomicAdd(&own_marks[ids[size.prompt + i]], 1u);
        }
        for (int i = threadIdx.x; i < size.stops; i += 1024) {
            atomicOr(&own_marks[ids[size.prompt + size.generated + i]], MARK_STOP);
        }
    }
    if (flags & HAS_BIAS) {
        const int* allowed = ids + size.prompt + size.generated + size.stops;
        for (int i = threadIdx.x; i < size.allowed; i += 1024) {
            own_bias[allowed[i]] = 0.0f;
        }
        __syncthreads();
        const int* biased = allowed + max(size.allowed, 0);
        for (int i = threadIdx.x; i < size.biased; i += 1024) {
            own_bias[biased[i]] += __int_as_float(biased[size.biased + i]);
        }
    }
    if (threadIdx.x == 0) {
        states[slot] = *parameters;
    }
}
