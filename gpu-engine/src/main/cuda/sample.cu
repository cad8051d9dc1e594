// Sampling: a row of logits becomes a token, by the same rules, in the same order and with the same random numbers as
// dev.tropical.engine.sampling.SequenceSampler, whose description is the specification.
//
// The tokens that top-k, top-p and min-p leave are a prefix of the row in the order of its keys, so a cut is one key.
// The draw takes the lowest id up to which the kept weights, in order of ids, exceed u of their total: warps add up
// a 32nd of the vocabulary each, then the block looks into the one in which the target lies.
//
// Grid: one block a row, 1024 threads. A row whose slot is negative is padding and gives no token. Reads a row once if
// greedy, twice to draw from it whole, twice more for each of top-k and top-p.
// Types: float32 logits and arithmetic, 64-bit integer sums. NaN anywhere in the row gives token -1.
#include "philox.cuh"
#include "prefix_cut.cuh"
#include "weights.cuh"

/** top-p: weights of what top-k left. */
struct Weighing {
    Weigher weigh;
    Key floor;
    float fraction;

    __device__ __forceinline__ Sum operator()(float logit, Key key) const {
        return key >= floor ? weigh(logit) : 0;
    }

    __device__ __forceinline__ Sum target(Sum total) const {
        const double wanted = ceil((double)fraction * (double)total);
        return wanted < 1.0 ? 1 : (Sum)wanted;
    }
};

/** What may be drawn: keys from floor on, whose weight is min_p of the largest at least. */
struct Kept {
    Weigher weigh;
    Key floor;
    float min_p;

    __device__ __forceinline__ Sum operator()(float logit, int id) const {
        return key_of(logit, id) >= floor && weigh.weight(logit) >= min_p ? weigh(logit) : 0;
    }
};

__device__ __forceinline__ int draw(CutMemory& memory, const AdjustedRow& row, int vocab, const Kept& kept, double u) {
    const int segment = (vocab + 4095) / 4096 * 128;
    const int warp = threadIdx.x / 32;
    const int lane = threadIdx.x % 32;
    Sum sum = 0;
    for_each(row, min(vocab, warp * segment), min(vocab, (warp + 1) * segment), lane, 32,
             [&](int id, float logit) { sum += kept(logit, id); });
    sum = warp_total(sum);
    Sum total;
    Sum before = sum_before(lane == 0 ? sum : 0, &total);
    const double target = u * (double)total;
    if (lane == 0 && (double)before <= target && (double)(before + sum) > target) {
        memory.bin = warp;
        memory.before = before;
    }
    __syncthreads();
    const int first = memory.bin * segment;
    const int share_first = first + threadIdx.x * segment / 1024;
    const int share_last = min(vocab, first + (threadIdx.x + 1) * segment / 1024);
    sum = 0;
    for (int id = share_first; id < share_last; id++) {
        sum += kept(row[id], id);
    }
    before = memory.before + sum_before(sum, &total);
    for (int id = share_first; id < share_last; id++) {
        const Sum after = before + kept(row[id], id);
        if ((double)before <= target && (double)after > target) {
            memory.count = id;
        }
        before = after;
    }
    __syncthreads();
    return memory.count;
}

__device__ __forceinline__ int choose(CutMemory& memory, AdjustedRow& row, const SlotSampling& slot, int vocab) {
    Extremes extremes = extremes_of(row, vocab);
    if (row.bars_stops && logit_of(extremes.best) == -INFINITY_F) {
        row.bars_stops = false; // nothing else is left
        extremes = extremes_of(row, vocab);
    }
    if (is_nan(extremes.best)) {
        return -1;
    }
    const float largest = logit_of(extremes.best);
    if (largest == -INFINITY_F) {
        return slot.first_stop >= 0 ? slot.first_stop : 0;
    }
    if (slot.temperature == 0.0f) {
        return id_of(extremes.best);
    }
    const float spread = largest - extremes.lowest;
    const Weigher weigh = weigher(largest, slot.temperature);
    Key floor = 0;
    if (slot.top_k > 0 && slot.top_k < vocab) {
        floor = prefix_cut(memory, row, vocab, Counting{slot.top_k}, largest, fminf(spread, 64.0f));
    }
    if (slot.top_p < 1.0f) {
        // Beyond 30 temperatures a whole vocabulary weighs less than 1 - top_p can be.
        const Weighing weighing{weigh, floor, slot.top_p};
        floor = prefix_cut(memory, row, vocab, weighing, largest, fminf(spread, 30.0f * slot.temperature));
    }
    if (threadIdx.x == 0) {
        memory.bin = 0;
        memory.before = 0;
        memory.count = id_of(extremes.best);
    }
    __syncthreads();
    return draw(memory, row, vocab, Kept{weigh, floor, slot.min_p}, uniform(slot.seed, slot.generated));
}

extern "C" __global__ void __launch_bounds__(1024)
sample(const float* __restrict__ logits,    // [rows][vocab]
       const int* __restrict__ slots,       // [rows]
       SlotSampling* __restrict__ states,   // [slots], counters written
       unsigned* __restrict__ marks,        // [slots][vocab], the token's written
       const float* __restrict__ bias,      // [slots][vocab]
       int* __restrict__ last_tokens,       // [slots], written
       int* __restrict__ tokens,            // [rows], written
       int vocab) {
    await_previous_kernels();
    __shared__ CutMemory memory;
    const int index = slots[blockIdx.x];
    if (index < 0) {
        return;
    }
    const SlotSampling slot = states[index];
    unsigned* const own_marks = marks + (long long)index * vocab;
    AdjustedRow row{logits + (long long)blockIdx.x * vocab,
                    slot.flags & HAS_MARKS ? own_marks : nullptr,
                    slot.flags & HAS_BIAS ? bias + (long long)index * vocab : nullptr,
                    slot.repetition,
                    slot.presence,
                    slot.frequency,
                    slot.generated < slot.min_tokens};
    const int token = choose(memory, row, slot, vocab);
    if (threadIdx.x == 0) {
        tokens[blockIdx.x] = token;
        last_tokens[index] = token;
        states[index].generated = slot.generated + 1;
        if (slot.flags & HAS_MARKS && token >= 0) {
            own_marks[token]++;
        }
    }
}
