// Random weights: uniform in [-scale, scale), element i from SplitMix64's mixer of seed + i (Steele, Lea, Flood: Fast
// splittable pseudorandom number generators, 2014). Not zeros: arithmetic on zeros draws less power and so runs faster.
// i counts the elements of the whole matrix, of which some columns of some rows are filled.
//
// Grid: any; each thread takes every (gridDim * blockDim)-th element.
#include "element.cuh"

extern "C" __global__ void random_fill(element* __restrict__ out, // [count / cols][cols]
                                       long long count, int cols,
                                       int stride,      // columns of the whole matrix
                                       long long first, // element of the whole matrix that out begins with
                                       float scale, long long seed) {
    for (long long k = (long long)blockIdx.x * blockDim.x + threadIdx.x; k < count;
         k += (long long)gridDim.x * blockDim.x) {
        const long long i = first + k / cols * stride + k % cols;
        unsigned long long z = (unsigned long long)seed + (unsigned long long)i * 0x9e3779b97f4a7c15ull;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
        z = (z ^ z >> 27) * 0x94d049bb133111ebull;
        z ^= z >> 31;
        out[k] = to_element(scale * ((int)(z >> 32) * 4.656612873077393e-10f));
    }
}
