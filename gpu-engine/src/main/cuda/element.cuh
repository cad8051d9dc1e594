// The type of weights, activations and KV cache: bf16, or float32 where compiled with FLOAT32. Arithmetic is in float32
// with either.
#pragma once
#include "bf16.cuh"

#ifdef FLOAT32

typedef float element;

__device__ __forceinline__ element to_element(float value) {
    return value;
}

/** Two neighbouring elements, aligned to both. */
__device__ __forceinline__ float2 load2(const element* from) {
    return *(const float2*)from;
}

__device__ __forceinline__ void store2(element* to, float first, float second) {
    *(float2*)to = make_float2(first, second);
}

__device__ __forceinline__ float4 load4(const element* from) {
    return *(const float4*)from;
}

__device__ __forceinline__ void store4(element* to, float4 value) {
    *(float4*)to = value;
}

/** Eight neighbouring elements. */
__device__ __forceinline__ void load8(float4 (&values)[2], const element* from) {
    values[0] = load4(from);
    values[1] = load4(from + 4);
}

__device__ __forceinline__ void store8(element* to, const float4 (&values)[2]) {
    store4(to, values[0]);
    store4(to + 4, values[1]);
}

#else

typedef bf16 element;

__device__ __forceinline__ element to_element(float value) {
    return to_bf16(value);
}

/** Two neighbouring elements, aligned to both. */
__device__ __forceinline__ float2 load2(const element* from) {
    const unsigned word = *(const unsigned*)from;
    return make_float2(first_of(word), second_of(word));
}

__device__ __forceinline__ void store2(element* to, float first, float second) {
    *(unsigned*)to = pack_bf16(first, second);
}

__device__ __forceinline__ float4 four_of(unsigned left, unsigned right) {
    return make_float4(first_of(left), second_of(left), first_of(right), second_of(right));
}

__device__ __forceinline__ float4 load4(const element* from) {
    const uint2 words = *(const uint2*)from;
    return four_of(words.x, words.y);
}

__device__ __forceinline__ void store4(element* to, float4 value) {
    *(uint2*)to = make_uint2(pack_bf16(value.x, value.y), pack_bf16(value.z, value.w));
}

/** Eight neighbouring elements. */
__device__ __forceinline__ void load8(float4 (&values)[2], const element* from) {
    const uint4 words = *(const uint4*)from;
    values[0] = four_of(words.x, words.y);
    values[1] = four_of(words.z, words.w);
}

__device__ __forceinline__ void store8(element* to, const float4 (&values)[2]) {
    *(uint4*)to = make_uint4(pack_bf16(values[0].x, values[0].y), pack_bf16(values[0].z, values[0].w),
                             pack_bf16(values[1].x, values[1].y), pack_bf16(values[1].z, values[1].w));
}

#endif
