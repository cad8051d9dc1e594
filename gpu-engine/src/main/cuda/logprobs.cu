// Log probabilities of a drawn token and of the most likely ones, natural logarithms of the model's own distribution:
// before penalties, biases and masks, at temperature 1.
//
// For row r that reports n alternatives: 1 + n entries from offsets[r] on: the chosen token's, then the n most likely
// tokens', best first; id -1 where the row has fewer.
//
// Grid: one block a row, 1024 threads; a row whose offset is negative reports nothing. n is at most 1024.
// Types: float32 logits and results, sums of weights in 64-bit fixed point.
#include "prefix_cut.cuh"
#include "weights.cuh"

struct Entry {
    int id;
    float logprob;
};

/** Leaves the keys from floor on in the list, best first, and their number in memory.count. */
__device__ __forceinline__ void collect(CutMemory& memory, const AdjustedRow& row, int vocab, Key floor) {
    if (threadIdx.x == 0) {
        memory.count = 0;
    }
    __syncthreads();
    for_each(row, 0, vocab, threadIdx.x, 1024, [&](int id, float logit) {
        const Key key = key_of(logit, id);
        if (logit > -INFINITY_F && key >= floor) {
            memory.list[atomicAdd(&memory.count, 1)] = key;
        }
    });
    __syncthreads();
    sort_list(memory, memory.count);
}

extern "C" __global__ void __launch_bounds__(1024)
logprobs(const float* __restrict__ logits,           // [rows][vocab]
         const int* __restrict__ slots,              // [rows]
         const int* __restrict__ offsets,            // [rows]
         const SlotSampling* __restrict__ states,    // [slots]
         const int* __restrict__ tokens,             // [rows] drawn
         Entry* __restrict__ entries,                // written
         int vocab) {
    await_previous_kernels();
    __shared__ CutMemory memory;
    const int offset = offsets[blockIdx.x];
    const int token = offset < 0 ? -1 : tokens[blockIdx.x];
    if (token < 0) {
        return;
    }
    const AdjustedRow row = raw_row(logits + (long long)blockIdx.x * vocab);
    const Extremes extremes = extremes_of(row, vocab);
    const float largest = logit_of(extremes.best);
    const Weigher weigh = weigher(largest, 1.0f);
    Sum sum = 0;
    for_each(row, 0, vocab, threadIdx.x, 1024, [&](int, float logit) { sum += weigh(logit); });
    Sum total;
    sum_before(sum, &total);
    const double log_total = largest + log((double)total / 1099511627776.0);
    if (threadIdx.x == 0) {
        entries[offset] = Entry{token, (float)(row[token] - log_total)};
    }
    const int count = states[slots[blockIdx.x]].alternatives;
    if (count == 0) {
        return;
    }
    const float spread = fminf(largest - extremes.lowest, 64.0f);
    collect(memory, row, vocab,
            count < vocab ? prefix_cut(memory, row, vocab, Counting{count}, largest, spread) : 0);
    for (int i = threadIdx.x; i < count; i += 1024) {
        const bool is_there = i < memory.count;
        const Key key = is_there ? memory.list[i] : 0;
        entries[offset + 1 + i] = is_there ? Entry{id_of(key), (float)(logit_of(key) - log_total)} : Entry{-1, 0.0f};
    }
}
