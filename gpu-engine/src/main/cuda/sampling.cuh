// What a slot's draws depend on, and its logits after penalties, biases and masks.
#pragma once
#include "launch.cuh"
#include "ranking.cuh"

/** Of one slot; 64 bytes, as the host writes them. */
struct SlotSampling {
    float temperature; // 0 = the largest logit
    float top_p;       // 1 = off
    float min_p;       // 0 = off
    int top_k;         // 0 = off
    float repetition;  // 1 = off; over prompt and generated tokens
    float presence;    // 0 = off; over generated tokens
    float frequency;   // 0 = off; over generated tokens
    int min_tokens;    // generated before a stop token may come
    int generated;     // tokens drawn so far: the next draw's counter
    int first_stop;    // chosen when nothing is allowed; -1 = none
    int flags;         // HAS_MARKS | HAS_BIAS
    int alternatives;  // log probabilities reported beside the chosen token's; -1 = none at all
    unsigned long long seed;
    int unused[2];
};

#define HAS_MARKS 1 // the slot's row of marks counts
#define HAS_BIAS 2  // the slot's row of biases counts

// A token's mark: how often it was generated, and whether it is in the prompt or ends the sequence.
#define MARK_PROMPT 0x80000000u
#define MARK_STOP 0x40000000u
#define MARK_COUNT 0x3fffffffu

/** A row of logits as the draw sees it. The row itself stays as the model gave it. */
struct AdjustedRow {
    const float* logits;
    const unsigned* marks; // or null
    const float* bias;     // or null; minus infinity where a token is not allowed
    float repetition, presence, frequency;
    bool bars_stops;

    __device__ __forceinline__ float operator[](int id) const {
        return adjusted(logits[id], id);
    }

    __device__ __forceinline__ float adjusted(float logit, int id) const {
        if (marks) {
            const unsigned mark = marks[id];
            const unsigned count = mark & MARK_COUNT;
            if (count | (mark & MARK_PROMPT)) {
                logit = logit > 0.0f ? logit / repetition : logit * repetition;
            }
            if (count) {
                // Rounded after each step, as the CPU does it.
                logit = logit - __fadd_rn(presence, __fmul_rn(frequency, (float)count));
            }
            if (bars_stops && mark & MARK_STOP) {
                return -INFINITY_F;
            }
        }
        if (bias) {
            const float added = bias[id];
            logit = added == -INFINITY_F ? added : logit + added;
        }
        // A huge bias may have made it infinite, and infinities have no differences; NaN stays NaN.
        return logit > LARGEST_F ? LARGEST_F : logit;
    }
};

__device__ __forceinline__ AdjustedRow raw_row(const float* logits) {
    return AdjustedRow{logits, nullptr, nullptr, 1.0f, 0.0f, 0.0f, false};
}

/** Calls visit(id, logit) for tokens [begin, end), shared out among `threads` threads; four at a time where they lie so. */
template <typename Visit>
__device__ __forceinline__ void for_each(const AdjustedRow& row, int begin, int end, int thread, int threads,
                                         const Visit& visit) {
    if ((unsigned long long)(row.logits + begin) % 16 == 0 && (end - begin) % 4 == 0) {
#pragma unroll 2
        for (int id = begin + 4 * thread; id < end; id += 4 * threads) {
            const float4 four = *(const float4*)(row.logits + id);
            visit(id, row.adjusted(four.x, id));
            visit(id + 1, row.adjusted(four.y, id + 1));
            visit(id + 2, row.adjusted(four.z, id + 2));
            visit(id + 3, row.adjusted(four.w, id + 3));
        }
        return;
    }
#pragma unroll 4
    for (int id = begin + thread; id < end; id += threads) {
        visit(id, row[id]);
    }
}

/** The best key of a row, and the lowest logit that is not minus infinity (plus infinity if there is none). */
struct Extremes {
    Key best;
    float lowest;
};
