// How the ranks of a tensor-parallel model send each other numbers through memory that is mapped on all their GPUs.
// Compile with RANKS.
//
// Small messages carry their own proof of arrival: a word that is not 0 has come (as in TensorRT-LLM's Lamport-style
// all-reduce). The reader needs no barrier: it reads until all words are there, and puts zeros in their place for the
// next message. That one may come once the reader has answered to this one; with two places in turn, the messages
// themselves are these answers.
#pragma once

/** A rank that has waited so long has lost its peers: loading and tuning differ by seconds at most. */
#define PEER_TIMEOUT_NS 20000000000ull

__device__ __forceinline__ unsigned long long nanoseconds() {
    unsigned long long time;
    asm volatile("mov.u64 %0, %globaltimer;" : "=l"(time));
    return time;
}

/** Bounds a loop that waits for a peer; the launch fails where one is not heard of in time. */
struct Patience {
    unsigned turns = 0;
    unsigned long long begin = 0;

    __device__ __forceinline__ void turn() {
        if (++turns % 1024 == 0) {
            const unsigned long long now = nanoseconds();
            begin = begin ? begin : now;
            if (now - begin > PEER_TIMEOUT_NS) {
                __trap();
            }
        }
    }
};

/** Two bf16 numbers as a word that is not 0: of two zeros the second gets a sign, which changes no sum. */
__device__ __forceinline__ unsigned visible(unsigned word) {
    return word ? word : 0x80000000u;
}

__device__ __forceinline__ void send(uint2* to, uint2 words) {
    asm volatile("st.volatile.global.v2.u32 [%0], {%1, %2};" ::"l"(to), "r"(visible(words.x)), "r"(visible(words.y))
                 : "memory");
}

__device__ __forceinline__ uint2 receive(uint2* from) {
    Patience patience;
    uint2 words;
    while (true) {
        asm volatile("ld.volatile.global.v2.u32 {%0, %1}, [%2];" : "=r"(words.x), "=r"(words.y) : "l"(from) : "memory");
        if (words.x && words.y) {
            break;
        }
        patience.turn();
    }
    *from = make_uint2(0, 0);
    return words;
}

/** Says that all that this thread's block wrote before a barrier can be read. */
__device__ __forceinline__ void raise(unsigned* flag, unsigned epoch) {
    asm volatile("fence.acq_rel.sys; st.release.sys.global.u32 [%0], %1;" ::"l"(flag), "r"(epoch) : "memory");
}

/** Waits until a peer has raised the flag to this epoch or a later one. */
__device__ __forceinline__ void await_raised(const unsigned* flag, unsigned epoch) {
    Patience patience;
    unsigned seen;
    do {
        asm volatile("ld.acquire.sys.global.u32 %0, [%1];" : "=r"(seen) : "l"(flag) : "memory");
        patience.turn();
    } while ((int)(seen - epoch) < 0);
}
