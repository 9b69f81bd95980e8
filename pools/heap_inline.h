// SPDX-License-Identifier: MIT
/*
 * The paths that most calls take, for the caller to inline. Each does its work without a call, or
 * changes nothing and leaves the work to the full function.
 *
 * Both want an open heap: one on which pools_open returned POOLS_OK; or one whose pools are all
 * empty and whose fast_free_granules is 0: then both decline everything.
 */
#ifndef POOLS_HEAP_INLINE_H
#define POOLS_HEAP_INLINE_H

#include "map.h"

#if defined(__ARM_FEATURE_SAT)
#include <arm_acle.h>
#endif

static inline bool pools_owns(const struct pools_heap *heap, const void *address) {
    return (uintptr_t)address - heap->base < (uintptr_t)(heap->end - heap->base);
}

/* What a ready block says in its second word. A live block may say it too, by chance or on purpose:
 * then it is looked for in its pool. */
static inline uint32_t pools_key(const struct pools_heap *heap) {
    return (uint32_t)(uintptr_t)heap;
}

/* Class of a request: granules - 1, at least 1; the last one, which has no blocks, for all that is
 * too large for a pool. */
static inline uint32_t pools_class_of(size_t request_bytes) {
#if SIZE_MAX > 0xFFFFFFFFu
    if (request_bytes > 0x7FFFFFFFu) {
        return POOLS_CLASS_COUNT - 1u;
    }
#endif
    int32_t above = (int32_t)(request_bytes - 9u);
    if (above < 0) {
        return request_bytes <= 8u ? 1u : POOLS_CLASS_COUNT - 1u;
    }
#if defined(__ARM_FEATURE_SAT)
    return (uint32_t)__usat(above >> 3, 5) + 1u;
#else
    return above < 31 * 8 ? (uint32_t)above / 8u + 1u : POOLS_CLASS_COUNT - 1u;
#endif
}

/* Returns a block of a pool at hand, or NULL when there is none for this size. */
static inline void *pools_malloc_fast(struct pools_heap *heap, size_t request_bytes) {
    uint32_t *pool = &heap->pools[pools_class_of(request_bytes)];
    uint32_t block = *pool;
    uint32_t next = *word_at(block);
    if (__builtin_expect(next == 0, 0)) {
        return NULL;
    }
    *pool = next;
    *word_at(block + 4u) = next; /* anything but the key */
    return word_at(block);
}

/* Where in the region an address lies, in granules from base; beyond any region for addresses below
 * it and for those that are no multiple of 8. */
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

/* Puts a live block of up to 248 bytes into the pool of its size. Returns true iff it did. */
static inline bool pools_free_fast(struct pools_heap *heap, void *block) {
    uint32_t granule = pools_granule(heap, block);
    if (granule >= heap->fast_free_granules) {
        return false;
    }
    /* The block's own bit away: what is left starts with the granules that it has. */
    uint32_t window = map_window(heap->base, granule) ^ MAP_FIRST;
    if ((int32_t)window <= 0) {
        return false; /* no chunk starts here, or none within sight behind it */
    }
    uint32_t *pool = &heap->pools[(uint32_t)__builtin_clz(window) - 1u];
    uint32_t next = *pool;
    pools_word *words = word_at((uint32_t)(uintptr_t)block);
    if (__builtin_expect(next == 0 || words[1] == pools_key(heap), 0)) {
        return false;
    }
    words[0] = next;
    words[1] = pools_key(heap);
    *pool = (uint32_t)(uintptr_t)block;
    return true;
}

#endif
