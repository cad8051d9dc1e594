// Hopper's own instructions (PTX ISA, sm_90a): barriers in shared memory, tensor copies, products of a warp group.
#pragma once
#include "mma.cuh"

/** 128 opaque bytes that the host makes (cuTensorMapEncodeTiled). */
struct __align__(64) TensorMap {
    unsigned long long opaque[16];
};

__device__ __forceinline__ void barrier_init(unsigned long long* barrier, int arrivals) {
    asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(shared_address(barrier)), "r"(arrivals) : "memory");
}

/** Makes initialized barriers known to the copy engine. */
__device__ __forceinline__ void fence_barrier_init() {
    asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
}

__device__ __forceinline__ void arrive(unsigned long long* barrier) {
    asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(shared_address(barrier)) : "memory");
}

/** Arrives, and makes the phase wait for so many bytes of copies too. */
__device__ __forceinline__ void arrive_expecting(unsigned long long* barrier, int bytes) {
    asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(shared_address(barrier)), "r"(bytes)
                 : "memory");
}

/** Waits until the phase of the given parity is complete. */
__device__ __forceinline__ void await(unsigned long long* barrier, int parity) {
    asm volatile("{\n"
                 ".reg .pred done;\n"
                 "retry:\n"
                 "mbarrier.try_wait.parity.shared::cta.b64 done, [%0], %1;\n"
                 "@done bra finished;\n"
                 "bra retry;\n"
                 "finished:\n"
                 "}" ::"r"(shared_address(barrier)),
                 "r"(parity)
                 : "memory");
}

/** Begins to copy the map's box at (column, row); the barrier counts its bytes. */
__device__ __forceinline__ void copy_box(void* to, const TensorMap* map, int column, int row,
                                         unsigned long long* barrier) {
    asm volatile("cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1, {%2, %3}], [%4];"
                 ::"r"(shared_address(to)),
                 "l"(map), "r"(column), "r"(row), "r"(shared_address(barrier))
                 : "memory");
}

/** Makes ordinary writes to shared memory visible to tensor copies and warp group products. */
__device__ __forceinline__ void fence_shared_writes() {
    asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
}

/** A barrier of `threads` threads; id 0 is __syncthreads'. */
__device__ __forceinline__ void sync_threads_of(int id, int threads) {
    asm volatile("bar.sync %0, %1;" ::"r"(id), "r"(threads) : "memory");
}

template <int registers>
__device__ __forceinline__ void take_registers() {
    asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(registers));
}

template <int registers>
__device__ __forceinline__ void give_registers_back() {
    asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(registers));
}

/**
 * A matrix in shared memory with rows of 128 bytes, 16-byte pieces of row r swapped by r % 8 (SWIZZLE_128B); 8 rows
 * are 1024 bytes, to which it is aligned.
 *
 * @param leading bytes between matrices of 64 columns, where the product runs across columns and rows are summed over
 */
__device__ __forceinline__ unsigned long long matrix_descriptor(const void* matrix, unsigned leading) {
    return (unsigned long long)((shared_address(matrix) & 0x3ffff) >> 4) | (unsigned long long)(leading >> 4) << 16 |
           1024ull >> 4 << 32 | 1ull << 62;
}

/** Orders a warp group's registers before its next products. */
__device__ __forceinline__ void begin_products() {
    asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
}

__device__ __forceinline__ void commit_products() {
    asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
}

/** Waits until at most `pending` committed groups are under way. */
template <int pending>
__device__ __forceinline__ void await_products() {
    asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(pending) : "memory");
}

/** Keeps the compiler from moving or copying registers that products under way use. */
template <int tiles>
__device__ __forceinline__ void pin(float (&values)[tiles][4]) {
#pragma unroll
    for (int tile = 0; tile < tiles; tile++) {
#pragma unroll
        for (int i = 0; i < 4; i++) {
            asm volatile("" : "+f"(values[tile][i])::"memory");
        }
    }
}
