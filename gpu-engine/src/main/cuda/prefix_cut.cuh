// Where to cut a row in the order of its keys, best first: at the last element of the smallest prefix whose measures
// (1 each for top-k, weights for top-p) reach a target. By histograms over the logits and then a sort of the one bin in
// which the target is reached; a bin too full to be sorted is cut finer by the bits of its keys. Exact: bins only say
// where to look. For blocks of 1024 threads; two passes over the row when the logits spread over the bins.
#pragma once
#include "block_1024.cuh"
#include "sampling.cuh"

#define CUT_BINS 2048
#define CUT_LIST 2048

struct CutMemory {
    unsigned low[CUT_BINS]; // sums of measures, by halves: 64-bit additions would be many times slower
    unsigned high[CUT_BINS];
    Key list[CUT_LIST];
    int count;
    int bin;
    Sum before;
    Key found;
};

/** A measure for top-k: each element counts 1. */
struct Counting {
    int wanted;

    __device__ __forceinline__ Sum operator()(float logit, Key) const {
        return logit > -INFINITY_F;
    }

    __device__ __forceinline__ Sum target(Sum) const {
        return wanted;
    }
};

/** A row's extremes, the same in each thread. */
__device__ __forceinline__ Extremes extremes_of(const AdjustedRow& row, int vocab) {
    Key best = 0;
    float lowest = INFINITY_F;
    for_each(row, 0, vocab, threadIdx.x, 1024, [&](int id, float logit) {
        const Key key = key_of(logit, id);
        best = key > best ? key : best;
        lowest = logit > -INFINITY_F && logit < lowest ? logit : lowest;
    });
    best = largest_of_block(best);
    return Extremes{best, logit_of(~largest_of_block(~key_of(lowest, 0)))};
}

/** Sorts list[0, count) of at most CUT_LIST keys, best first. */
__device__ __forceinline__ void sort_list(CutMemory& memory, int count) {
    int size = 2;
    while (size < count) {
        size *= 2;
    }
    for (int i = count + threadIdx.x; i < size; i += 1024) {
        memory.list[i] = 0; // below every key
    }
    __syncthreads();
    // Bitonic (Batcher, 1968).
    for (int width = 2; width <= size; width *= 2) {
        for (int distance = width / 2; distance > 0; distance /= 2) {
            for (int pair = threadIdx.x; pair < size / 2; pair += 1024) {
                const int left = pair / distance * 2 * distance + pair % distance;
                const Key a = memory.list[left];
                const Key b = memory.list[left + distance];
                const bool is_falling = (left & width) == 0;
                if (is_falling ? a < b : a > b) {
                    memory.list[left] = b;
                    memory.list[left + distance] = a;
                }
            }
            __syncthreads();
        }
    }
}

__device__ __forceinline__ void add_to_bin(CutMemory& memory, int bin, Sum added) {
    const unsigned low = (unsigned)added;
    const unsigned before = atomicAdd(&memory.low[bin], low);
    const unsigned high = (unsigned)(added >> 32) + (before + low < before);
    if (high) {
        atomicAdd(&memory.high[bin], high);
    }
}

__device__ __forceinline__ Sum sum_of_bin(const CutMemory& memory, int bin) {
    return (Sum)memory.high[bin] << 32 | memory.low[bin];
}

__device__ __forceinline__ Sum sum_of_bins(const CutMemory& memory) {
    Sum total;
    sum_before(sum_of_bin(memory, 2 * threadIdx.x) + sum_of_bin(memory, 2 * threadIdx.x + 1), &total);
    return total;
}

/** Sets memory.bin where the sum over the bins, after `already`, reaches the target, and memory.before to what it was
 *  there before. */
__device__ __forceinline__ void find_bin(CutMemory& memory, Sum target, Sum already) {
    const Sum left = sum_of_bin(memory, 2 * threadIdx.x);
    const Sum right = sum_of_bin(memory, 2 * threadIdx.x + 1);
    Sum total;
    const Sum before = already + sum_before(left + right, &total);
    if (before < target && before + left + right >= target) {
        const bool is_left = before + left >= target;
        memory.bin = 2 * threadIdx.x + !is_left;
        memory.before = is_left ? before : before + left;
    }
    __syncthreads();
}

/** Adds up the elements' measures by bin_of(logit, key); a negative bin counts for nothing. */
template <typename Measure, typename BinOf>
__device__ __forceinline__ void fill_bins(CutMemory& memory, const AdjustedRow& row, int vocab, const Measure& measure,
                                          const BinOf& bin_of) {
    for (int i = threadIdx.x; i < CUT_BINS; i += 1024) {
        memory.low[i] = memory.high[i] = 0;
    }
    __syncthreads();
    for_each(row, 0, vocab, threadIdx.x, 1024, [&](int id, float logit) {
        const Key key = key_of(logit, id);
        const int bin = bin_of(logit, key);
        const Sum added = bin < 0 ? 0 : measure(logit, key);
        if (added) {
            add_to_bin(memory, bin, added);
        }
    });
    __syncthreads();
}

/** Collects the elements of one bin, as many as fit, and sets memory.count; low and high get its extreme keys. */
template <typename Measure, typename BinOf>
__device__ __forceinline__ void gather_bin(CutMemory& memory, const AdjustedRow& row, int vocab, const Measure& measure,
                                           const BinOf& bin_of, Key* low, Key* high) {
    const int wanted = memory.bin;
    if (threadIdx.x == 0) {
        memory.count = 0;
    }
    __syncthreads();
    Key lowest = ~0ull;
    Key highest = 0;
    for_each(row, 0, vocab, threadIdx.x, 1024, [&](int id, float logit) {
        const Key key = key_of(logit, id);
        if (bin_of(logit, key) == wanted && measure(logit, key)) {
            const int at = atomicAdd(&memory.count, 1);
            if (at < CUT_LIST) {
                memory.list[at] = key;
            }
            lowest = key < lowest ? key : lowest;
            highest = key > highest ? key : highest;
        }
    });
    *low = ~largest_of_block(~lowest);
    *high = largest_of_block(highest);
}

/** Within the sorted list: the key at which the sum of measures reaches the target. */
template <typename Measure>
__device__ __forceinline__ Key find_key(CutMemory& memory, const Measure& measure, Sum target) {
    const int count = memory.count;
    sort_list(memory, count);
    const int first = 2 * threadIdx.x;
    Sum own[2];
    for (int i = 0; i < 2; i++) {
        const Key key = first + i < count ? memory.list[first + i] : 0;
        own[i] = first + i < count ? measure(logit_of(key), key) : 0;
    }
    Sum total;
    Sum before = memory.before + sum_before(own[0] + own[1], &total);
    for (int i = 0; i < 2; i++) {
        if (before < target && before + own[i] >= target) {
            memory.found = memory.list[first + i];
        }
        before += own[i];
    }
    __syncthreads();
    return memory.found;
}

/**
 * The key of the prefix's last element; 0 where the whole row does not reach the target.
 *
 * @param measure of an element: (logit, key), 0 = it does not count; target(total) of the whole row's sum, at least 1
 * @param spread distance from the largest logit over which the target is likely to be reached
 */
template <typename Measure>
__device__ __forceinline__ Key prefix_cut(CutMemory& memory, const AdjustedRow& row, int vocab, const Measure& measure,
                                          float largest, float spread) {
    const float per_bin = CUT_BINS / fmaxf(spread, 1e-30f);
    const auto by_distance = [=](float logit, Key) { return (int)fminf((largest - logit) * per_bin, CUT_BINS - 1.0f); };
    fill_bins(memory, row, vocab, measure, by_distance);
    const Sum total = sum_of_bins(memory);
    const Sum target = measure.target(total);
    if (total < target) {
        return 0;
    }
    find_bin(memory, target, 0);
    Key low, high;
    gather_bin(memory, row, vocab, measure, by_distance, &low, &high);
    while (memory.count > CUT_LIST) {
        int shift = 0;
        while ((high - low) >> shift >= CUT_BINS) {
            shift++;
        }
        const auto by_key = [=](float, Key key) {
            return key < low || key > high ? -1 : (int)((high - key) >> shift);
        };
        const Sum before = memory.before;
        fill_bins(memory, row, vocab, measure, by_key);
        find_bin(memory, target, before);
        gather_bin(memory, row, vocab, measure, by_key, &low, &high);
    }
    return find_key(memory, measure, target);
}
