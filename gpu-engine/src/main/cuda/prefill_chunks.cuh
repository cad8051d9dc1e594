// How prompt chunks of a step are told to prefill attention.
#pragma once

#define QUERIES 128 // of a tile

/** One chunk of a prompt; 8 ints. */
struct Chunk {
    int first_token; // its first row of qkv
    int start;       // that row's position
    int length;      // rows
    int table;       // where its block ids begin
    int unused[4];
};

/** Consecutive queries of a chunk. */
struct Tile {
    int chunk;
    int first_query; // in the chunk
};
