// Small messages through global memory that carry their own proof of arrival: a word that is not 0 has come (as in
// TensorRT-LLM's Lamport-style all-reduce). The reader needs no barrier and no fence: it reads until all words are there,
// and puts zeros in their place for the next message.
#pragma once

/** Who has waited so long has lost those that it waits for: loading and tuning differ by seconds at most. */
#define MESSAGE_TIMEOUT_NS 20000000000ull

__device__ __forceinline__ unsigned long long nanoseconds() {
    unsigned long long time;
    asm volatile("mov.u64 %0, %globaltimer;" : "=l"(time));
    return time;
}

/** Bounds a loop that waits for others; the launch fails where they are not heard of in time. */
struct Patience {
    unsigned turns = 0;
    unsigned long long begin = 0;

    __device__ __forceinline__ void turn() {
        if (++turns % 1024 == 0) {
            const unsigned long long now = nanoseconds();
            begin = begin ? begin : now;
            if (now - begin > MESSAGE_TIMEOUT_NS) {
                __trap();
            }
        }
    }
};

/** A number, or two bf16 ones, as a word that is not 0: a zero, or the second of two, gets a sign, which changes no sum. */
__device__ __forceinline__ unsigned visible(unsigned word) {
    return word ? word : 0x80000000u;
}
