// How the ranks of a tensor-parallel model send each other numbers through memory that is mapped on all their GPUs.
// Compile with RANKS.
//
// Small messages carry their own proof of arrival (messages.cuh). The next one may come once the reader has answered to
// this one; with two places in turn, the messages themselves are these answers.
#pragma once
#include "messages.cuh"

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
