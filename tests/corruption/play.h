// SPDX-License-Identifier: MIT
/*
 * A heap in use, which some word of the allocator's may be damaged under: a program that takes, fills, resizes and
 * frees blocks, and never writes outside of what it was handed out.
 *
 * For the PC and the boards. All that is random follows from a seed.
 */
#ifndef TESTS_CORRUPTION_PLAY_H
#define TESTS_CORRUPTION_PLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pools.h"

/* Blocks that the program holds at once, at most. */
enum { PLAY_BLOCKS = 24 };

/* What a program may meet that goes on with a damaged heap. */
struct play_outcome {
    bool was_outside; /* a block was handed out that is not in the region, or not aligned */
    bool has_changed; /* a live block did not hold any more what had been written into it */
    bool was_told;    /* a call has said that the heap is corrupt */
};

struct play_block {
    unsigned char *start; /* NULL = none */
    uint32_t bytes;
    unsigned char fill;
};

struct play {
    struct pools_heap *heap;
    uintptr_t region_start, region_end;
    uint32_t random;
    struct play_block blocks[PLAY_BLOCKS];
};

/* Opens the heap over the region, which is filled with `seed`'s garbage before, and uses it for a while: then there are
 * live, ready and free blocks, small and large ones. is_scarce: until the last byte is part of a chunk. */
void play_begin(struct play *play, struct pools_heap *heap, void *start, void *end, uint32_t seed,
                bool is_scarce);

/* operation_count calls, of every function of pools.h that is not a walk. Ends at once where a block was outside. */
struct play_outcome play_on(struct play *play, uint32_t seed, uint32_t operation_count);

#endif
