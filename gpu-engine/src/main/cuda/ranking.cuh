// One order for all that chooses among logits: larger first, and of equal ones the lower id.
#pragma once

#define INFINITY_F __int_as_float(0x7f800000)
#define LARGEST_F __int_as_float(0x7f7fffff)

/** Compares as the order does: the logit's rank in the upper half, the complement of the id in the lower. */
typedef unsigned long long Key;

/** Above every number: NaN, of either sign. */
#define NAN_RANK 0xffffffffu

__device__ __forceinline__ Key key_of(float logit, int id) {
    const unsigned bits = __float_as_uint(logit + 0.0f); // -0 counts as 0
    const unsigned ordered = bits & 0x80000000u ? ~bits : bits | 0x80000000u;
    const unsigned rank = logit != logit ? NAN_RANK : ordered;
    return (Key)rank << 32 | (unsigned)~id;
}

__device__ __forceinline__ int id_of(Key key) {
    return (int)~(unsigned)key;
}

__device__ __forceinline__ float logit_of(Key key) {
    const unsigned ordered = (unsigned)(key >> 32);
    return __uint_as_float(ordered & 0x80000000u ? ordered & 0x7fffffffu : ~ordered);
}

__device__ __forceinline__ bool is_nan(Key key) {
    return (unsigned)(key >> 32) == NAN_RANK;
}
