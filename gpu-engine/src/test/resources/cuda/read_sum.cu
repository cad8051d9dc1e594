// Reads an array once and does next to nothing with it: what memory gives to those who only read.
//
// Grid: any; each thread takes every (gridDim * blockDim)-th 16 bytes, four at a time.
extern "C" __global__ void read_sum(const uint4* __restrict__ from, long long count, unsigned* out) {
    const long long step = (long long)gridDim.x * blockDim.x;
    unsigned sum = 0;
    for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i + 3 * step < count; i += 4 * step) {
        const uint4 a = from[i];
        const uint4 b = from[i + step];
        const uint4 c = from[i + 2 * step];
        const uint4 d = from[i + 3 * step];
        sum += a.x ^ a.y ^ a.z ^ a.w ^ b.x ^ b.y ^ b.z ^ b.w ^ c.x ^ c.y ^ c.z ^ c.w ^ d.x ^ d.y ^ d.z ^ d.w;
    }
    if (sum == 0x9e3779b9u) {
        *out = sum; // keeps the reads; practically never true
    }
}
