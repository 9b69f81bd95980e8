// SPDX-License-Identifier: MIT
#include <stddef.h>

#include "assembly.h"
#include "bulk.h"
#include "chunk.h"
#include "identity.h"
#include "plenty.h"
#include "pools.h"
#include "space_give.h"

/* The largest request for which chunk arithmetic cannot wrap; the region is far smaller anyway. */
#define REQUEST_BYTES_MAX POOLS_REGION_BYTES_MAX

/* What of [start, end) is the region: whole granules, and no more than there may be. */
static inline enum pools_status bound_region(uintptr_t *start, uintptr_t *end) {
    if (*start == 0 || *end <= *start) {
        return POOLS_REGION_INVALID;
    }
#if UINTPTR_MAX > 0xFFFFFFFFu
    if (*end > 0xFFFFFFFFu) {
        return POOLS_REGION_INVALID;
    }
#endif
    *start = (*start + 7u) & ~(uintptr_t)7u;
    *end &= ~(uintptr_t)7u;
    if (*end < *start + POOLS_REGION_BYTES_MIN) {
        return POOLS_REGION_TOO_SMALL;
    }
    if (*end - *start > POOLS_REGION_BYTES_MAX) {
        *end = *start + POOLS_REGION_BYTES_MAX;
    }
    return POOLS_OK;
}

enum pools_status pools_open(struct pools_heap *heap, void *start, void *end) {
    bulk_clear(heap, sizeof *heap);
    uintptr_t low = (uintptr_t)start;
    uintptr_t high = (uintptr_t)end;
    uint32_t nil;
    enum pools_status status = bound_region(&low, &high);
    if (status == POOLS_OK) {
        uint32_t region_bytes = (uint32_t)(high - low);
        nil = (uint32_t)low + map_bytes_for(region_bytes);
        heap->start = (uint32_t)low;
        heap->base = nil;
        heap->end = (uint32_t)high;
        heap->untouched = nil + POOLS_ALIGNMENT_BYTES;
        heap->high_water = nil + POOLS_ALIGNMENT_BYTES;
        heap->plenty_chunk_bytes = plenty_chunk_bytes_of(region_bytes);
        heap->plenty_bins = plenty_bins_of(heap->plenty_chunk_bytes);
        heap->cleared_granules = 64;
        heap->drain_class = POOLS_CLASS_LAST;
        link_open(heap);
        seal_set(heap);
        word_at(nil)[0] = 0;
        word_at(nil)[1] = 0;
        /* Granule 0 is no chunk, granule 1 is where the untouched part begins. */
        word_at(nil - 8u)[0] = 0;
        word_at(nil - 8u)[1] = MAP_SECOND;
    } else {
        /* A word that is 0, as nil is: the pools of this heap are empty, too. */
        nil = (uint32_t)(uintptr_t)heap->bins;
    }
#pragma GCC unroll 6
    for (unsigned granules = POOLS_CLASS_FIRST; granules <= POOLS_CLASS_LAST; granules++) {
        heap->pools[granules] = nil;
    }
    plenty_renew(heap);
    return status;
}

_Static_assert(sizeof(struct pools_heap) % 8u == 0, "bulk_clear wants whole granules");

#define IS_AT(field, offset)                                                                       \
    _Static_assert(offsetof(struct pools_heap, field) == (offset), "the assembly wants it there")
IS_AT(base, HEAP_BASE);
IS_AT(fast_free_granules, HEAP_FAST_FREE);
IS_AT(untouched, HEAP_UNTOUCHED);
IS_AT(used_chunks, HEAP_USED_CHUNKS);
IS_AT(bins_filled, HEAP_BINS_FILLED);
IS_AT(plenty_bins, HEAP_PLENTY_BINS);
IS_AT(end, HEAP_END);
IS_AT(plenty_chunk_bytes, HEAP_PLENTY_BYTES);
IS_AT(high_water, HEAP_HIGH_WATER);
IS_AT(cleared_granules, HEAP_CLEARED);
IS_AT(drain_class, HEAP_DRAIN_CLASS);
IS_AT(bins, HEAP_BINS);

#ifdef POOLS_ASSEMBLY
// NOLINTNEXTLINE(misc-redundant-expression): two of the numbers happen to be equal
_Static_assert(POOLS_BIN_TRIES == 2u && POOLS_LAST_BIN_TRIES == 21u && POOLS_DRAIN_LOOKS == 2u &&
                   POOLS_CARVE_SHIFT == 7u,
               "heap_thumb2.S is written for these numbers; others want -DPOOLS_IN_C");
_Static_assert(POOLS_END_CUT_BYTES == 1536u, "heap_thumb2.S is written for this number, too");
#endif

/* Makes a used chunk that was cut for a large block one. Returns the block. */
static void *make_large(struct pools_heap *heap, uint32_t chunk, uint32_t bytes) {
    space_mark(heap, chunk, 0, MAP_SECOND);
    chunk_write_large(chunk, bytes);
    return word_at(chunk + POOLS_LARGE_HEADER_BYTES);
}

/* The block of a used chunk. It must not hold the key of one that waited there once. */
static inline void *make_small(uint32_t chunk) {
    word_at(chunk)[1] = 0;
    return word_at(chunk);
}

#if !defined(POOLS_ASSEMBLY) && defined(__OPTIMIZE_SIZE__)
void *pools_malloc(struct pools_heap *heap, size_t request_bytes) {
    if (!seal_holds_here(heap) || !heap_is_open(heap) || request_bytes > REQUEST_BYTES_MAX) {
        return NULL;
    }
    uint32_t bytes = chunk_bytes_for((uint32_t)request_bytes);
    uint32_t chunk = 0;
    if (bytes <= POOLS_POOLED_BYTES_MAX && plenty_is_scarce(heap)) {
        chunk = plenty_take_ready(heap, bytes);
    }
    if (chunk == 0) {
        chunk = space_find(heap, bytes);
        if (chunk == 0) {
            return NULL;
        }
        if (chunk == heap->untouched && !plenty_is_scarce(heap)) {
            plenty_carve(heap, bytes);
        } else {
            bytes = space_cut(heap, chunk, bytes);
        }
    }
    plenty_renew(heap);
    return request_bytes > POOLS_SMALL_BYTES_MAX ? make_large(heap, chunk, bytes)
                                                 : make_small(chunk);
}
#elif !defined(POOLS_ASSEMBLY)
static __attribute__((noinline)) void *malloc_large(struct pools_heap *heap, size_t request_bytes) {
    if (!heap_is_open(heap) || request_bytes > REQUEST_BYTES_MAX) {
        return NULL;
    }
    uint32_t bytes = chunk_bytes_for((uint32_t)request_bytes);
    uint32_t chunk = space_find(heap, bytes);
    if (chunk == 0) {
        return NULL;
    }
    if (bytes >= POOLS_END_CUT_BYTES && chunk != heap->untouched &&
        *chunk_free_bytes(chunk) - bytes >= POOLS_CHUNK_BYTES_MIN) {
        chunk = space_cut_end(heap, chunk, bytes);
    } else {
        bytes = space_cut(heap, chunk, bytes);
    }
    plenty_renew(heap);
    return make_large(heap, chunk, bytes);
}

void *pools_malloc(struct pools_heap *heap, size_t request_bytes) {
    if (!seal_holds_here(heap)) {
        return NULL;
    }
    if (request_bytes > POOLS_SMALL_BYTES_MAX) {
        return malloc_large(heap, request_bytes);
    }
    uint32_t bytes = chunk_bytes_for((uint32_t)request_bytes);
    uint32_t chunk = 0;
    if (plenty_is_scarce(heap)) {
        if (!heap_is_open(heap)) {
            return NULL;
        }
        if (bytes <= POOLS_POOLED_BYTES_MAX) {
            chunk = plenty_take_ready(heap, bytes);
        }
    }
    if (chunk == 0) {
        chunk = space_find(heap, bytes);
        if (chunk == heap->untouched && !plenty_is_scarce(heap)) {
            chunk = plenty_carve(heap, bytes);
        } else if (chunk != 0) {
            space_cut(heap, chunk, bytes);
        } else {
            return NULL;
        }
    }
    plenty_renew(heap);
    return make_small(chunk);
}
#endif

/* A ready block of the size that happens to be aligned; only the first few are looked at. */
static void *take_aligned_ready(struct pools_heap *heap, uint32_t bytes, uint32_t alignment) {
    pools_word *link = &heap->pools[bytes / POOLS_ALIGNMENT_BYTES];
    for (unsigned looks = 0; looks < POOLS_ALIGNED_LOOKS; looks++) {
        uint32_t block = link_target(heap, link);
        pools_word *words = word_at(block);
        uint32_t next = link_next(heap, block, bytes / POOLS_ALIGNMENT_BYTES);
        if (next == 0) {
            return NULL;
        }
        if ((block & (alignment - 1u)) == 0) {
            link_store(heap, link, next);
            link_make_live(block, next);
            pools_ready_changed(heap, bytes / POOLS_ALIGNMENT_BYTES, -1);
            return words;
        }
        link = words;
    }
    return NULL;
}

void *pools_memalign(struct pools_heap *heap, size_t alignment_bytes, size_t request_bytes) {
    if (alignment_bytes == 0 || (alignment_bytes & (alignment_bytes - 1u)) != 0) {
        return NULL;
    }
#if UINTPTR_MAX > 0xFFFFFFFFu
    if (!heap_is_open(heap)) {
        return NULL; /* its nil may lie where no word of 32 bits can name it */
    }
#endif
    if (alignment_bytes <= POOLS_ALIGNMENT_BYTES) {
        return pools_malloc_any(heap, request_bytes);
    }
    if (!seal_holds_here(heap) || !heap_is_open(heap) || request_bytes > REQUEST_BYTES_MAX ||
        alignment_bytes > POOLS_REGION_BYTES_MAX) {
        return NULL;
    }
    uint32_t bytes = chunk_bytes_for((uint32_t)request_bytes);
    uint32_t alignment = (uint32_t)alignment_bytes;
    bool is_large = bytes > POOLS_SMALL_BYTES_MAX;
    if (bytes <= POOLS_POOLED_BYTES_MAX) {
        void *ready = take_aligned_ready(heap, bytes, alignment);
        if (ready != NULL) {
            return ready;
        }
    }
    uint32_t got_bytes;
    uint32_t chunk = space_take_aligned(heap, bytes, alignment,
                                        is_large ? POOLS_LARGE_HEADER_BYTES : 0, &got_bytes);
    plenty_renew(heap);
    if (chunk == 0) {
        return NULL;
    }
    return is_large ? make_large(heap, chunk, got_bytes) : make_small(chunk);
}

#if !defined(POOLS_ASSEMBLY) && defined(__OPTIMIZE_SIZE__)
enum pools_status pools_free(struct pools_heap *heap, void *block) {
    if (!seal_holds_here(heap)) {
        return POOLS_CORRUPT;
    }
    struct identity it = identity_of(heap, block);
    if (it.status != POOLS_OK) {
        return it.status;
    }
    if (it.bytes <= POOLS_POOLED_BYTES_MAX && !plenty_is_scarce(heap) &&
        !link_says_freed(heap, it.chunk)) {
        uint32_t *pool = &heap->pools[it.bytes / POOLS_ALIGNMENT_BYTES];
        link_make_ready(heap, it.chunk, *pool);
        *pool = it.chunk;
        pools_ready_changed(heap, it.bytes / POOLS_ALIGNMENT_BYTES, 1);
        return POOLS_OK;
    }
    link_bury(heap, (uint32_t)(uintptr_t)block);
    space_give(heap, it.chunk, it.bytes);
    plenty_renew(heap);
    return POOLS_OK;
}
#else
enum pools_status pools_refused(const struct pools_heap *heap, const void *block) {
    return identity_of(heap, block).status;
}

__attribute__((noinline)) enum pools_status pools_free_suspect(struct pools_heap *heap,
                                                               void *block) {
    struct identity it = identity_of(heap, block);
    if (it.status == POOLS_OK) {
        link_bury(heap, (uint32_t)(uintptr_t)block);
        space_give(heap, it.chunk, it.bytes);
        plenty_renew(heap);
    }
    return it.status;
}

#ifndef POOLS_ASSEMBLY
enum pools_status pools_free(struct pools_heap *heap, void *block) {
    if (!seal_holds_here(heap)) {
        return POOLS_CORRUPT;
    }
    uint32_t base = heap->base;
    uint32_t chunk = (uint32_t)(uintptr_t)block;
    uint32_t own_granule = pools_granule(heap, block);
    if (own_granule == 0 || own_granule >= map_granule(base, heap->untouched)) {
        return pools_refused(heap, block);
    }
    /* The granule before it: the end of what is free there, or a header. */
    uint32_t granule = own_granule - 1u;
    uint32_t address = map_address(base, granule);
    uint32_t shift = granule % 8u;
    uint32_t word = map_read(address);
    uint32_t window = word << shift;
    if ((window & (MAP_SECOND | MAP_THIRD)) != MAP_SECOND) {
        return pools_refused(heap, block);
    }
    uint32_t bytes;
    if ((window & MAP_FIRST) != 0 && chunk_is_large(chunk - POOLS_LARGE_HEADER_BYTES)) {
        chunk -= POOLS_LARGE_HEADER_BYTES;
        bytes = chunk_large_bytes(chunk);
        if (*word_at(chunk) != ~(bytes | CHUNK_LARGE) || !link_large_fits(heap, chunk, bytes)) {
            return POOLS_CORRUPT;
        }
        link_bury(heap, (uint32_t)(uintptr_t)block);
        space_give(heap, chunk, bytes);
    } else {
        window <<= 2;
        bytes = window != 0 ? ((uint32_t)__builtin_clz(window) + 1u) * POOLS_ALIGNMENT_BYTES
                            : link_small_bytes(heap, base, own_granule);
        if (link_is_suspect(heap, chunk, (word << shift & MAP_FIRST) != 0)) {
            return pools_free_suspect(heap, block);
        }
        if (bytes == 0 || !link_fits(heap, chunk, bytes)) {
            return POOLS_CORRUPT;
        }
        if (bytes <= POOLS_POOLED_BYTES_MAX && !plenty_is_scarce(heap)) {
            uint32_t *pool = &heap->pools[bytes / POOLS_ALIGNMENT_BYTES];
            link_make_ready(heap, chunk, *pool);
            *pool = chunk;
            pools_ready_changed(heap, bytes / POOLS_ALIGNMENT_BYTES, 1);
            return POOLS_OK;
        }
        link_bury(heap, chunk);
        space_give_at(heap, chunk, bytes, address, shift, word);
    }
    plenty_renew(heap);
    return POOLS_OK;
}
#endif
#endif

enum pools_status pools_block_bytes(const struct pools_heap *heap, const void *block,
                                    size_t *usable_bytes) {
    struct identity it = identity_of(heap, block);
    if (it.status == POOLS_OK) {
        *usable_bytes = it.block_bytes;
    }
    return it.status;
}

void pools_reclaim(struct pools_heap *heap) {
    if (!heap_is_open(heap) || !seal_holds_here(heap)) {
        return;
    }
    for (unsigned granules = POOLS_CLASS_FIRST; granules <= POOLS_CLASS_LAST; granules++) {
        uint32_t block = heap->pools[granules];
        for (uint32_t next = link_next(heap, block, granules); next != 0;
             next = link_next(heap, block, granules)) {
            link_recall(heap, block);
            space_give(heap, block, granules * POOLS_ALIGNMENT_BYTES);
            pools_ready_changed(heap, granules, -1);
            block = next;
        }
        heap->pools[granules] = block;
    }
    plenty_renew(heap);
}
