// SPDX-License-Identifier: MIT
/*
 * The paths that most calls take, for the caller to inline. Each does its work without a call, or
 * changes nothing and leaves the work to the full function.
 *
 * Both want an open heap: one on which pools_open returned POOLS_OK.
 */
#ifndef POOLS_HEAP_INLINE_H
#define POOLS_HEAP_INLINE_H

#include "pool.h"

#if defined(__ARM_FEATURE_SAT)
#include <arm_acle.h>
#endif

static inline bool pools_owns(const struct pools_heap *heap, const void *address) {
    return (uintptr_t)address - heap->base < (uintptr_t)(heap->end - heap->base);
}

/* Class table entry for a request: 1..14 = granules, 0 for 0 bytes and for sizes that wrap, 15 for
 * all that is larger. */
static inline uint32_t pools_table_index(size_t request_bytes) {
    uint32_t rounded = (uint32_t)request_bytes + 7u;
#if defined(__ARM_FEATURE_SAT)
    return (uint32_t)__usat((int32_t)rounded >> 3, 4);
#else
#if SIZE_MAX > 0xFFFFFFFFu
    if (request_bytes > 0xFFFFFFF8u) {
        return 0;
    }
#endif
    uint32_t granules = rounded >> 3;
    return granules < 15u ? granules : 15u;
#endif
}

/* Returns a block of a pool at hand, or NULL when there is none for this size. */
static inline void *pools_malloc_fast(struct pools_heap *heap, size_t request_bytes) {
    uint32_t pool = heap->pool_heads[pools_table_index(request_bytes)];
    uint32_t live = *pool_live(pool);
    uint32_t available = *pool_starts(pool) & ~live;
    if (__builtin_expect(available == 0, 0)) {
        return NULL;
    }
    unsigned granule = (unsigned)__builtin_clz(available);
    *pool_live(pool) = live | 0x80000000u >> granule;
    return (void *)(uintptr_t)(pool + granule * POOLS_ALIGNMENT_BYTES);
}

/* Where in the region an address lies, in units of 8 bytes from base; beyond any region for
 * addresses below it and for those that are no multiple of 8. */
static inline uint32_t pools_granule(const struct pools_heap *heap, const void *address) {
    uintptr_t offset = (uintptr_t)address - heap->base;
#if UINTPTR_MAX > 0xFFFFFFFFu
    if (offset > 0xFFFFFFFFu) {
        return 0xFFFFFFFFu;
    }
#endif
    /* Rotated, so that the three lowest bits become the highest. */
    return (uint32_t)offset >> 3 | (uint32_t)offset << 29;
}

/* Frees a live block of a pool that stays neither empty nor was full. Returns true iff it did. */
static inline bool pools_free_fast(struct pools_heap *heap, void *block) {
    uint32_t granule = pools_granule(heap, block);
    if (granule >= heap->reached_granules) {
        return false;
    }
    uint32_t index = granule >> 5;
    /* Negative: a full pool; zero: no pool. */
    if ((int8_t)*pool_map(heap, index) <= 0) {
        return false;
    }
    uint32_t pool = heap->base + (index << 8);
    uint32_t live = *pool_live(pool);
    uint32_t bit = 0x80000000u >> (granule & 31u);
    if ((live & bit) == 0 || live == bit) {
        return false;
    }
    *pool_live(pool) = live ^ bit;
    return true;
}

#endif
