// SPDX-License-Identifier: MIT
/*
 * A block with guards around it, as the tiers paranoid and trap hand it out:
 *
 *   inner + 0    lead_bytes, once more if they are more than a header's
 *   block - 16   header: lead_bytes, request_bytes, caller, check
 *   block        the program's request_bytes
 *   behind       8 bytes or more of GUARD_FORBIDDEN, up to a multiple of 8 (trap: of 32)
 *
 * inner is the block that pools or C library serve. The check holds for this header at this place in this state
 * alone: whoever writes before the block, by 1 byte or by 16, spoils it. caller: who allocated a live
 * block, who freed another.
 *
 * The fills are CPython's: a fresh block, one that was freed, what is around a live one.
 */
#ifndef OBMALLOC_GUARD_BLOCK_H
#define OBMALLOC_GUARD_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GUARD_CLEAN = 0xCD, GUARD_DEAD = 0xDD, GUARD_FORBIDDEN = 0xFD };

/* What the MPU closes is a multiple of 32 bytes at a multiple of 32. */
#ifdef OBMALLOC_TRAPPED
enum { GUARD_STEP_BYTES = 32 };
#else
enum { GUARD_STEP_BYTES = 8 };
#endif

struct guard_header {
    uint32_t lead_bytes; /* from inner to block */
    uint32_t request_bytes;
    const void *caller;
    uint32_t check;
};

enum {
    GUARD_HEADER_BYTES = 16,
    GUARD_TAIL_BYTES_MIN = 8,
    GUARD_LEAD_BYTES = GUARD_STEP_BYTES > GUARD_HEADER_BYTES ? GUARD_STEP_BYTES : GUARD_HEADER_BYTES
};

_Static_assert(sizeof(void *) != 4u || sizeof(struct guard_header) == GUARD_HEADER_BYTES,
               "a header lies directly before its block");

enum guard_state {
    GUARD_LIVE,
    GUARD_BUSY, /* somebody is about to free it */
    GUARD_FREED /* filled with GUARD_DEAD */
};

static inline struct guard_header *guard_header_of(const void *block) {
    return (struct guard_header *)((uintptr_t)block - GUARD_HEADER_BYTES);
}

/* Bytes from the block's start to the end of what is behind it. request_bytes: at most PTRDIFF_MAX. */
static inline uint32_t guard_extent_bytes(uint32_t request_bytes) {
    uint32_t bytes = request_bytes + GUARD_TAIL_BYTES_MIN + GUARD_STEP_BYTES - 1u;
    return bytes - bytes % GUARD_STEP_BYTES;
}

static inline void *guard_inner_of(const void *block) {
    return (void *)((uintptr_t)block - guard_header_of(block)->lead_bytes);
}

/* The block in an inner one, as far as its first word can be trusted. */
static inline void *guard_block_in(const void *inner) {
    return (void *)((uintptr_t)inner + *(const uint32_t *)inner);
}

/* Cost of both: constant. */
void guard_seal(void *block, uint32_t lead_bytes, uint32_t request_bytes, const void *caller,
                enum guard_state state);
bool guard_is(const void *block, enum guard_state state);

/* Sets what is behind the block. Cost: constant. */
void guard_write_tail(void *block, uint32_t request_bytes);

/* The first byte behind the live block that has been written to; NULL = none. Cost: constant. */
const void *guard_tail_damage(const void *block);

/* Fills words from the block on; bytes: a multiple of 4. */
void guard_fill(void *block, uint32_t bytes, uint8_t value);

/* The first byte of [block, block + bytes) that does not hold the value; NULL = all do. */
const void *guard_fill_damage(const void *block, uint32_t bytes, uint8_t value);

#endif
