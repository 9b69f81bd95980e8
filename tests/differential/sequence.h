// SPDX-License-Identifier: MIT
/*
 * Plays one sequence of allocator calls, on CPython's object allocator or on ours, and notes what each call
 * did. All of a sequence is one call from Python, so that the interpreter allocates nothing in between.
 */
#ifndef DIFFERENTIAL_SEQUENCE_H
#define DIFFERENTIAL_SEQUENCE_H

#include <stddef.h>
#include <stdint.h>

enum { SEQUENCE_SLOTS = 4096 };

enum operation_kind {
    OPERATION_MALLOC,
    OPERATION_CALLOC,  /* of one element */
    OPERATION_REALLOC, /* of NULL where the slot is empty */
    OPERATION_FREE,    /* of NULL where the slot is empty */
    OPERATION_FRESH /* uses up what waits for this size: what is served next was never handed out */
};

struct operation {
    uint32_t kind;
    uint32_t slot; /* 0..SEQUENCE_SLOTS - 1; FRESH has none */
    uint64_t request_bytes;
};

struct outcome {
    uint64_t address;   /* of the block, 0 = none */
    uint32_t raw_calls; /* how often the allocator below was asked */
    uint32_t is_raw;    /* 1 iff the block came from there */
};

/* The allocator below: both have the C library's. Shared with what counts its calls. */
extern uint32_t sequence_raw_calls;
extern const void *sequence_raw_block; /* what it returned last */

/* The functions under test. */
struct sequence_allocator {
    void *(*malloc)(size_t request_bytes);
    void *(*calloc)(size_t element_count, size_t element_bytes);
    void *(*realloc)(void *block, size_t request_bytes);
    void (*free)(void *block);
};

/* pool_bytes: a power of two, the length and alignment of a pool, for FRESH; 0 = everything is fresh.
 * step_bytes: what sizes of blocks are multiples of. Blocks that are live at the end are freed, but for those
 * that FRESH took. Returns -1, or the first operation after which contents were wrong: a byte that was lost,
 * or one that calloc left. */
int64_t sequence_play(const struct sequence_allocator *allocator,
                      const struct operation *operations, struct outcome *outcomes,
                      size_t operation_count, uint32_t pool_bytes, uint32_t step_bytes);

#endif
