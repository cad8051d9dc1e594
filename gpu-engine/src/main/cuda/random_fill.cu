// Random weights: uniform in [-scale, scale), element i from SplitMix64's mixer of seed + i (Steele, Lea, Flood: Fast
// splittable pseudorandom number generators, 2014). Not zeros: arithmetic on zeros draws less power and so runs faster.
//
// Grid: any; each thread takes every (gridDim * blockDim)-th element.
#include "element.cuh"

extern "C" __global__ void random_fill(element* __restrict__ out, long long count, float scale, long long seed) {
    for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < count;
         i += (long long)gridDim.x * blockDim.x) {
        unsigned long long z = (unsigned long long)seed + (unsigned long long)i * 0x9e3779b97f4a7c15ull;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
        z = (z ^ z >> 27) * 0x94d049bb133111ebull;
        z ^= z >> 31;
        out[i] = to_element(scale * ((int)(z >> 32) * 4.656612873077393e-10f));
    }
}
