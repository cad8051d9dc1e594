// Table of rotations: turns[p][i] = (cos, sin)(p * frequencies[i]), the angle rounded to float32 first, as the models'
// reference computes it: at long positions that rounding is part of what they were trained with.
//
// Grid: one block a position, one thread a pair of dimensions.
extern "C" __global__ void rope_table(const float* __restrict__ frequencies, // [half]
                                      float2* __restrict__ turns,            // [positions][half]
                                      int half) {
    for (int i = threadIdx.x; i < half; i += blockDim.x) {
        float sine, cosine;
        sincosf((float)blockIdx.x * frequencies[i], &sine, &cosine);
        turns[(long long)blockIdx.x * half + i] = make_float2(cosine, sine);
    }
}
