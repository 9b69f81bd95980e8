// SPDX-License-Identifier: MIT
#include "identity.h"

#include "chunk.h"
#include "map.h"

uint32_t identity_small_bytes(uint32_t base, uint32_t granule) {
    uint32_t granules = 1;
    /*@ loop invariant granules == 1 + MAP_WINDOW_GRANULES * looks && looks <= 3;
        loop invariant \forall integer g; granule < g < granule + granules ==> !marked(g);
        loop assigns granules, looks;
        loop variant 3 - looks;
    */
    for (unsigned looks = 0; looks < 3u; looks++) {
        uint32_t window = map_window(base, granule + granules);
        if (window != 0) {
            return (granules + (uint32_t)__builtin_clz(window)) * POOLS_ALIGNMENT_BYTES;
        }
        granules += MAP_WINDOW_GRANULES;
    }
    return 0;
}

bool identity_is_marked(const struct pools_heap *heap, uint32_t address) {
    return address > heap->base && address < heap->untouched &&
           address % POOLS_ALIGNMENT_BYTES == 0 &&
           (map_window(heap->base, map_granule(heap->base, address)) & MAP_FIRST) != 0;
}

bool identity_is_ready(const struct pools_heap *heap, uint32_t block, uint32_t bytes) {
    if (bytes > POOLS_POOLED_BYTES_MAX || !link_says_freed(heap, block)) {
        return false;
    }
    uint32_t ready = heap->pools[bytes / POOLS_ALIGNMENT_BYTES];
    for (unsigned looks = POOLS_KEY_LOOKS; looks != 0; looks--) {
        if (ready == block) {
            return true;
        }
        if (!identity_is_marked(heap, ready)) {
            return false; /* nil, or a link that the program has overwritten */
        }
        ready = link_peek(heap, ready);
    }
    return true;
}

/* True iff the chunk at `address`, whose granule before is marked, follows a free chunk. Otherwise
 * that granule is a free chunk's first one, and `address` its second. */
static bool follows_free_chunk(const struct pools_heap *heap, uint32_t address) {
    uint32_t bytes = chunk_bytes_before(address);
    uint32_t first = heap->base + POOLS_ALIGNMENT_BYTES;
    if (bytes < POOLS_CHUNK_BYTES_MIN || bytes % POOLS_ALIGNMENT_BYTES != 0 ||
        bytes > address - first) {
        return false;
    }
    uint32_t window = map_window(heap->base, map_granule(heap->base, address - bytes));
    return (window & MAP_FIRST) != 0 && (window & MAP_SECOND) != 0 &&
           *chunk_free_bytes(address - bytes) == bytes;
}

#ifdef POOLS_LINKS_ENCODED
static struct identity identity_by_map(const struct pools_heap *heap, const void *block);

/* A freed block that has been merged may still say what it was. */
struct identity identity_of(const struct pools_heap *heap, const void *block) {
    struct identity it = {POOLS_CORRUPT, 0, 0, 0};
    if (!seal_holds(heap)) {
        return it;
    }
    it = identity_by_map(heap, block);
    if (it.status == POOLS_NOT_A_BLOCK && link_is_buried(heap, (uint32_t)(uintptr_t)block)) {
        it.status = POOLS_DOUBLE_FREE;
    }
    return it;
}
#else
#define identity_by_map identity_of
#endif

struct identity identity_by_map(const struct pools_heap *heap, const void *block) {
    struct identity it = {POOLS_NOT_OWNED, 0, 0, 0};
    if (!heap_is_open(heap) || !pools_owns(heap, block)) {
        return it;
    }
    uint32_t address = (uint32_t)(uintptr_t)block;
    uint32_t base = heap->base;
    if (address % POOLS_ALIGNMENT_BYTES != 0) {
        it.status = POOLS_MISALIGNED;
        return it;
    }
    it.status = POOLS_NOT_A_BLOCK;
    uint32_t granule = map_granule(base, address);
    if (granule == 0 || address >= heap->untouched) {
        return it;
    }
    /* From the granule before it on: that one's bit, its own, the next. */
    uint32_t window = map_window(base, granule - 1u);
    if ((window & MAP_SECOND) == 0) {
        return it;
    }
    if ((window & MAP_SECOND >> 1) != 0) {
        if (!chunk_is_large(address)) {
            it.status = POOLS_DOUBLE_FREE; /* a free chunk: what was here has been merged */
        }
        return it;
    }
    if ((window & MAP_FIRST) != 0) {
        if (chunk_is_large(address - POOLS_LARGE_HEADER_BYTES)) {
            it.chunk = address - POOLS_LARGE_HEADER_BYTES;
            it.bytes = chunk_large_bytes(it.chunk);
            it.block_bytes = it.bytes - POOLS_LARGE_HEADER_BYTES;
            it.status = *word_at(it.chunk) == ~(it.bytes | CHUNK_LARGE) &&
                                link_large_fits(heap, it.chunk, it.bytes)
                            ? POOLS_OK
                            : POOLS_CORRUPT;
            return it;
        }
        if (!follows_free_chunk(heap, address)) {
            it.status = POOLS_DOUBLE_FREE; /* where a large block was that has been merged */
            return it;
        }
    }
    it.chunk = address;
    uint32_t behind = window << 2;
    it.bytes = behind != 0 ? ((uint32_t)__builtin_clz(behind) + 1u) * POOLS_ALIGNMENT_BYTES
                           : link_small_bytes(heap, base, granule);
    it.block_bytes = it.bytes;
    it.status = it.bytes == 0 || !link_fits(heap, address, it.bytes) ? POOLS_CORRUPT
                : identity_is_ready(heap, address, it.bytes)         ? POOLS_DOUBLE_FREE
                                                                     : POOLS_OK;
    return it;
}
