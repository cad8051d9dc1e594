// A warp's way through the tiles of a step. Compile with BLOCK_SIZE and HEAD_DIM.
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
    int heads;     // where a head is a KV head with MAX_QUERIES query heads at most
    int row_tiles; // heads that share a KV head
    int window;
};

/** A place among all tiles. */
struct Cursor {
    int sequence;
    int head;
    int tile; // of the sequence's visible ones
    int tiles;
    int length;
    int first; // position of the first visible tile
    const int* table;
    int block; // that the tile lies in, where one holds a tile

    __device__ __forceinline__ void enter(const Step& step, int own_length, int first_block) {
        length = own_length;
        first = first_tile(length, step.window) * KEYS;
        tiles = visible_tiles(length, step.window);
        table = step.tables + first_block;
    }

    __device__ __forceinline__ void seek(const Step& step, const Start& start) {
        sequence = start.sequence;
        head = start.head;
        tile = start.tile;
        enter(step, start.length, start.first_block);
        look_up();
    }

    /** Long before the block is needed, as memory takes its time under load. */
    __device__ __forceinline__ void look_up() {
#if BLOCK_SIZE >= KEYS
        block = table[position() / BLOCK_SIZE];
#endif
    }

    /** To the next of all tiles; there must be one. */
    __device__ __forceinline__ void advance(const Step& step) {
        move(step);
        look_up();
    }

    __device__ __forceinline__ void move(const Step& step) {
        if (++tile < tiles) {
            return;
        }
        tile = 0;
        if (++head < step.heads) {
            return;
        }
        head = 0;
        do {
            sequence++;
            enter(step, step.lengths[sequence], step.first_blocks[sequence]);
        } while (tiles == 0);
    }

    __device__ __forceinline__ int position() const {
        return first + tile * KEYS;
    }
};
