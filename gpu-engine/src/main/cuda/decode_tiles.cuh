// How decode attention cuts the contexts of a step: into tiles of 16 keys, of which shares are equal numbers in a row, one
// for each warp. Tiles are numbered by sequence, then head, then position.
#pragma once

#define KEYS 16 // of a tile
#define MAX_QUERIES 16 // heads that a warp takes at a time of those that share a KV head

/** The shares: warp w takes tiles [w * share, (w + 1) * share) of all. */
struct Plan {
    int share;
};

/** Where a share begins; 8 ints, so that a few reads tell all. */
struct __align__(16) Start {
    int sequence;
    int head;
    int tile;        // of the sequence's visible ones
    int count;       // tiles of the share; 0 = nothing to do
    int length;      // of the sequence
    int first_block; // of the sequence, in the step's tables
    int unused[2];
};

/** The first tile of a sequence that the window leaves; whole tiles before it are not read. */
__device__ __forceinline__ int first_tile(int length, int window) {
    return window > 0 && length > window ? (length - window) / KEYS : 0;
}

__device__ __forceinline__ int visible_tiles(int length, int window) {
    return (length + KEYS - 1) / KEYS - first_tile(length, window);
}
