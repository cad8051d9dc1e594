// How the ranks of a tensor-parallel model send each other numbers through memory that is mapped on all their GPUs.
// Compile with RANKS.
//
// Small messages carry their own proof of arrival: of each 16 bytes, 8 are numbers and two words of 4 the message's
// epoch (as in NCCL's LL protocol: a 16-byte store arrives whole, or at least each 8 bytes of it). The reader needs no
// barrier: it reads until the epochs are right. The next message may overwrite a place once the reader has answered to
// this one; with two places in turn, the messages themselves are these answers.
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

__device__ __forceinline__ void send(uint4* to, uint2 words, unsigned epoch) {
    asm volatile("st.volatile.global.v4.u32 [%0], {%1, %2, %3, %4};" ::"l"(to), "r"(words.x), "r"(epoch), "r"(words.y),
                 "r"(epoch)
                 : "memory");
}

__device__ __forceinline__ uint2 receive(const uint4* from, unsigned epoch) {
    Patience patience;
    while (true) {
        uint4 words;
        asm volatile("ld.volatile.global.v4.u32 {%0, %1, %2, %3}, [%4];"
                     : "=r"(words.x), "=r"(words.y), "=r"(words.z), "=r"(words.w)
                     : "l"(from)
                     : "memory");
        if (words.y == epoch && words.w == epoch) {
            return make_uint2(words.x, words.z);
        }
        patience.turn();
    }
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
