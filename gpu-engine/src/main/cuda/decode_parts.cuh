// How a head's result is put together from those of the shares that it is cut into: each share but the first sends what
// it has to one before it, by a message (messages.cuh), whose words lie as the warps hold them; FAN at a time, level after
// level, so that the result does not depend on who ends first. A share goes on with at most one head of another, so it
// sends at most one message a launch, and nobody waits for a share that waits for it. Compile as softmax_columns.cuh.
#pragma once
#include "messages.cuh"
#include "softmax_columns.cuh"

/** So many are put together at a time as registers can hold. */
#define FAN (HEAD_DIM > 128 ? 2 : 4)

/** float4 words of a lane and tile of queries: maxima and sums, then results. */
#define MESSAGE_WORDS (1 + DIM_STEPS)

/** Of a message, [QUERY_TILES][MESSAGE_WORDS][32 lanes]. */
#define MESSAGE_SIZE (QUERY_TILES * MESSAGE_WORDS * 32)

/** Where warps leave their messages: all zeros while there is none. */
struct Mailboxes {
    uint4* near; // [WARPS][MESSAGE_SIZE], in shared memory: for warps of the same block, as most are
    uint4* far;  // [warps of all][MESSAGE_SIZE]

    /** Empties the calling warp's near one. */
    __device__ __forceinline__ void clear() const {
#pragma unroll
        for (int i = 0; i < MESSAGE_SIZE / 32; i++) {
            near[threadIdx.x / 32 * MESSAGE_SIZE + i * 32 + threadIdx.x % 32] = make_uint4(0, 0, 0, 0);
        }
    }

    /** The calling lane's place in what one warp sends another; numbers among all. */
    __device__ __forceinline__ uint4* between(int from, int to) const {
        uint4* const box = from / WARPS == to / WARPS ? near + from % WARPS * MESSAGE_SIZE
                                                      : far + (long long)from * MESSAGE_SIZE;
        return box + threadIdx.x % 32;
    }
};

/** Of a lane. */
__device__ __forceinline__ uint4* word_of(uint4* message, int tile, int word) {
    return message + (tile * MESSAGE_WORDS + word) * 32;
}

__device__ __forceinline__ void send_word(uint4* to, float a, float b, float c, float d) {
    asm volatile("st.volatile.v4.u32 [%0], {%1, %2, %3, %4};" ::"l"(to), "r"(visible(__float_as_uint(a))),
                 "r"(visible(__float_as_uint(b))), "r"(visible(__float_as_uint(c))), "r"(visible(__float_as_uint(d)))
                 : "memory");
}

__device__ __forceinline__ void send(const SoftmaxColumns& columns, uint4* message, int tile) {
    send_word(word_of(message, tile, 0), columns.max[0], columns.max[1], columns.sum[0], columns.sum[1]);
#pragma unroll
    for (int step = 0; step < DIM_STEPS; step++) {
        const float (&out)[4] = columns.out[step];
        send_word(word_of(message, tile, 1 + step), out[0], out[1], out[2], out[3]);
    }
}

/** What FAN - 1 senders know of a tile of queries, in one lane. */
struct Received {
    uint4 words[FAN - 1][MESSAGE_WORDS];

    /** Reads what is there of `count` messages, and tells whether that is all. */
    __device__ __forceinline__ bool read(uint4* const (&messages)[FAN - 1], int tile, int count) {
#pragma unroll
        for (int i = 0; i < FAN - 1; i++) {
#pragma unroll
            for (int word = 0; word < MESSAGE_WORDS; word++) {
                uint4& to = words[i][word];
                if (i < count) {
                    asm volatile("ld.volatile.v4.u32 {%0, %1, %2, %3}, [%4];"
                                 : "=r"(to.x), "=r"(to.y), "=r"(to.z), "=r"(to.w)
                                 : "l"(word_of(messages[i], tile, word))
                                 : "memory");
                }
            }
        }
        bool is_all = true;
#pragma unroll
        for (int i = 0; i < FAN - 1; i++) {
#pragma unroll
            for (int word = 0; word < MESSAGE_WORDS; word++) {
                const uint4 own = words[i][word];
                is_all &= i >= count || (own.x && own.y && own.z && own.w);
            }
        }
        return is_all;
    }

    /** Waits for `count` messages, and leaves zeros in their place. */
    __device__ __forceinline__ void receive(uint4* const (&messages)[FAN - 1], int tile, int count) {
        Patience patience;
        while (!read(messages, tile, count)) {
            patience.turn();
        }
        __syncwarp();
#pragma unroll
        for (int i = 0; i < FAN - 1; i++) {
#pragma unroll
            for (int word = 0; word < MESSAGE_WORDS; word++) {
                if (i < count) {
                    *word_of(messages[i], tile, word) = make_uint4(0, 0, 0, 0);
                }
            }
        }
    }

    /** Adds `count` messages to a warp's own. */
    __device__ __forceinline__ void add_to(SoftmaxColumns& columns, int count) const {
        float factors[FAN - 1][2];
        float own[2];
#pragma unroll
        for (int i = 0; i < 2; i++) {
            float largest = columns.max[i];
#pragma unroll
            for (int j = 0; j < FAN - 1; j++) {
                largest = j < count ? fmaxf(largest, number(j, 0, i)) : largest;
            }
            // Where no part has seen a key yet there is no maximum to subtract.
            const float base = largest == -INFINITY_F ? 0.0f : largest;
            own[i] = power_of_two(columns.max[i] - base);
            columns.max[i] = largest;
            columns.sum[i] *= own[i];
#pragma unroll
            for (int j = 0; j < FAN - 1; j++) {
                factors[j][i] = j < count ? power_of_two(number(j, 0, i) - base) : 0.0f;
                columns.sum[i] += j < count ? factors[j][i] * number(j, 0, 2 + i) : 0.0f;
            }
        }
        columns.scale(own);
#pragma unroll
        for (int j = 0; j < FAN - 1; j++) {
            if (j < count) {
#pragma unroll
                for (int i = 0; i < 4 * DIM_STEPS; i++) {
                    columns.out[i / 4][i % 4] += factors[j][i % 2] * number(j, 1 + i / 4, i % 4);
                }
            }
        }
    }

    __device__ __forceinline__ float number(int sender, int word, int i) const {
        const uint4& own = words[sender][word];
        return __uint_as_float(i == 0 ? own.x : i == 1 ? own.y : i == 2 ? own.z : own.w);
    }
};

/**
 * Puts the parts of a head together.
 *
 * @param warp the calling warp's number among all; the head's next part is the next warp's
 * @param index of the caller's part
 * @param count of parts
 * @return whether the caller has the head's result now; else it has sent what it had
 */
__device__ __forceinline__ bool put_together(SoftmaxColumns (&columns)[QUERY_TILES], const Mailboxes& mailboxes,
                                             int warp, int index, int count) {
    for (int unit = 1; unit < count; unit *= FAN) {
        const int place = index / unit % FAN;
        if (place != 0) {
            uint4* const message = mailboxes.between(warp, warp - place * unit);
#pragma unroll
            for (int tile = 0; tile < QUERY_TILES; tile++) {
                send(columns[tile], message, tile);
            }
            return false;
        }
        const int senders = min(FAN - 1, (count - 1 - index) / unit);
        if (senders == 0) {
            continue;
        }
        uint4* from[FAN - 1];
#pragma unroll
        for (int i = 0; i < FAN - 1; i++) {
            from[i] = mailboxes.between(warp + (i + 1) * unit, warp);
        }
#pragma unroll
        for (int tile = 0; tile < QUERY_TILES; tile++) {
            Received received;
            received.receive(from, tile, senders);
            received.add_to(columns[tile], senders);
        }
    }
    return true;
}
