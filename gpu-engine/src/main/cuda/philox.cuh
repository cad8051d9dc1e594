// Philox4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3, 2011): a number depends on
// key and counter alone, so that a sequence draws the same on the CPU, on a GPU, and after moving from one to the other.
#pragma once

/** Draw number `counter` of a seed, uniform in [0, 1): the upper 53 bits of the block's first two words. */
__device__ __forceinline__ double uniform(unsigned long long seed, unsigned counter) {
    unsigned c0 = counter, c1 = 0, c2 = 0, c3 = 0;
    unsigned key0 = (unsigned)seed;
    unsigned key1 = (unsigned)(seed >> 32);
    for (int round = 0; round < 10; round++) {
        const unsigned long long product0 = 0xD2511F53ull * c0;
        const unsigned long long product1 = 0xCD9E8D57ull * c2;
        c0 = (unsigned)(product1 >> 32) ^ c1 ^ key0;
        c2 = (unsigned)(product0 >> 32) ^ c3 ^ key1;
        c1 = (unsigned)product1;
        c3 = (unsigned)product0;
        key0 += 0x9E3779B9u;
        key1 += 0xBB67AE85u;
    }
    return (((unsigned long long)c0 << 32 | c1) >> 11) * 1.1102230246251565e-16; // 2^-53
}
