// How kernels follow each other (PTX ISA: griddepcontrol).
#pragma once

/**
 * Waits until the kernels before this one are done, where it was launched before they were: its blocks are set up while
 * theirs end. To be called before anything is read that another kernel writes. Nothing to wait for before Hopper.
 */
__device__ __forceinline__ void await_previous_kernels() {
#if __CUDA_ARCH__ >= 900
    asm volatile("griddepcontrol.wait;" ::: "memory");
#endif
}

/**
 * Lets the next kernel's blocks be set up from now on; what this kernel writes they see after their wait only. Where each
 * kernel says so at once, several can be under way before the first ends. A matrix product says so after its wait: what
 * comes after it may count on all that came before the kernel that it waited for.
 */
__device__ __forceinline__ void admit_next_kernel() {
#if __CUDA_ARCH__ >= 900
    asm volatile("griddepcontrol.launch_dependents;" ::: "memory");
#endif
}
