// A warp's way through the tiles of a step. Compile with BLOCK_SIZE, HEAD_DIM and TEAM.
#pragma once
#include "bf16.cuh"
#include "decode_tiles.cuh"

/** What attention reads; lengths and tables are the step's. */
struct Step {
    const bf16* cache;       // of this layer: [blocks][2][kv_heads][BLOCK_SIZE][HEAD_DIM], blocks apart by block_stride
    const int* lengths;      // [sequences] context, the new token included
    const int* first_blocks; // [sequences] where its block ids begin
    const int* tables;       // block ids
    long long block_stride;
    int kv_heads;
    int groups;    // of TEAM heads, where a head is a KV head with 16 query heads at most
    int row_tiles; // heads that share a KV head
    int window;
};

/** A place among all tiles. */
struct Cursor {
    int sequence;
    int group;
    int tile; // of the sequence's visible ones
    int tiles;
    int length;
    int first; // position of the first visible tile
    const int* table;

    __device__ __forceinline__ void enter(const Step& step, int own_length, int first_block) {
        length = own_length;
        first = first_tile(length, step.window) * KEYS;
        tiles = visible_tiles(length, step.window);
        table = step.tables + first_block;
    }

    __device__ __forceinline__ void seek(const Step& step, const Start& start) {
        sequence = start.sequence;
        group = start.group;
        tile = start.tile;
        enter(step, start.length, start.first_block);
    }

    /** To the next of all tiles; there must be one. */
    __device__ __forceinline__ void advance(const Step& step) {
        if (++tile < tiles) {
            return;
        }
        tile = 0;
        if (++group < step.groups) {
            return;
        }
        group = 0;
        do {
            sequence++;
            enter(step, step.lengths[sequence], step.first_blocks[sequence]);
        } while (tiles == 0);
    }

    __device__ __forceinline__ int position() const {
        return first + tile * KEYS;
    }

    /** The calling warp's head. */
    __device__ __forceinline__ int head() const {
        return group * TEAM + threadIdx.x / 32 % TEAM;
    }
};
