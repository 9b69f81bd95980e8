// SPDX-License-Identifier: MIT
/*
 * The paths that most calls take, for the caller to inline. Each does its work without a call, or
 * changes nothing and leaves the work to the full function.
 *
 * Each wants an open heap: one on which pools_open returned POOLS_OK; or one whose pools are all
 * empty and whose fast_free_granules is 0: then all decline everything.
 */
#ifndef POOLS_HEAP_INLINE_H
#define POOLS_HEAP_INLINE_H

#include <stdbool.h>
#include <stddef.h>

#include "bulk.h"
#include "link.h"
#include "map.h"

static inline bool heap_is_open(const struct pools_heap *heap) {
    return heap->untouched != heap->base;
}

static inline bool pools_owns(const struct pools_heap *heap, const void *address) {
    return (uintptr_t)address - heap->base < (uintptr_t)(heap->end - heap->base);
}

/* Granules of the block for a request, 2..31; 0 for a request that is too large for a pool. */
static inline uint32_t pools_class_of(size_t request_bytes) {
    size_t above = request_bytes - 9u;
    if (above <= POOLS_POOLED_BYTES_MAX - 9u) {
        return (uint32_t)above / 8u + POOLS_CLASS_FIRST;
    }
    return request_bytes <= 8u ? POOLS_CLASS_FIRST : 0;
}

/* Returns a block of a pool at hand, or NULL when there is none for this size. */
static inline void *pools_malloc_fast(struct pools_heap *heap, size_t request_bytes) {
    uint32_t granules = pools_class_of(request_bytes);
    if (__builtin_expect(granules == 0, 0)) {
        return NULL;
    }
    uint32_t *pool = &heap->pools[granules];
    uint32_t block = *pool;
    uint32_t next = link_behind_first(heap, pool);
    if (__builtin_expect(next == 0, 0)) {
        return NULL;
    }
    *pool = next;
    link_make_live(block, next);
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
    uint32_t *pool = &heap->pools[map_sight(heap->base, granule)];
    uint32_t next = *pool;
    uint32_t address = (uint32_t)(uintptr_t)block;
    if (__builtin_expect(next == 0 || link_says_freed(heap, address), 0)) {
        return false;
    }
    link_make_ready(heap, address, next);
    *pool = address;
    return true;
}

/* CPython's rule: a block is left for a shorter one only if that saves a quarter. */
static inline bool pools_wastes_little(uint32_t request_bytes, uint32_t block_bytes) {
    return request_bytes <= block_bytes && request_bytes * 4u > block_bytes * 3u;
}

/* Resizes a live block of up to 248 bytes while memory is plenty: leaves it where it is, or moves it
 * to a ready block of the wanted size. Returns the block, or NULL when that cannot be done. */
static inline void *pools_realloc_fast(struct pools_heap *heap, void *block, size_t request_bytes) {
    uint32_t granule = pools_granule(heap, block);
    if (granule >= heap->fast_free_granules) {
        return NULL;
    }
    uint32_t granules = map_sight(heap->base, granule);
    uint32_t *old_pool = &heap->pools[granules];
    uint32_t old_next = *old_pool;
    uint32_t address = (uint32_t)(uintptr_t)block;
    uint32_t wanted = pools_class_of(request_bytes);
    if (old_next == 0 || wanted == 0 || link_says_freed(heap, address)) {
        return NULL;
    }
    if (pools_wastes_little((uint32_t)request_bytes, granules * POOLS_ALIGNMENT_BYTES)) {
        return block;
    }
    if (wanted == granules) {
        return block; /* no class is shorter that holds it */
    }
    uint32_t moved = heap->pools[wanted];
    uint32_t next = link_behind_first(heap, &heap->pools[wanted]);
    if (next == 0 || request_bytes == 0) {
        return NULL;
    }
    heap->pools[wanted] = next;
    bulk_copy_short(moved, address, wanted < granules ? wanted : granules);
    link_make_ready(heap, address, old_next);
    *old_pool = address;
    return word_at(moved);
}

#endif
