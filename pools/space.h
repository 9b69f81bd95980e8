// SPDX-License-Identifier: MIT
/*
 * The space: the region as chunks. Finds a free chunk, cuts it, takes it back and merges it.
 * Knows nothing of classes, pools or policies. Ports the part of obmalloc that arenas play.
 *
 * Cost: every function is constant but for POOLS_BIN_TRIES looks a bin and the map bytes cleared
 * when untouched memory is reached (one for each 256 bytes).
 */
#ifndef POOLS_SPACE_H
#define POOLS_SPACE_H

#include <stdbool.h>
#include <stdint.h>

#include "heap.h"

/* Up to this size a bin holds chunks of one size only. */
#define SPACE_EXACT_BYTES_MAX 128u

/* A place for a chunk: inside a free chunk, or at the untouched part (chunk == heap->untouched). */
struct space_place {
    uint32_t chunk; /* 0 = none found */
    uint32_t at;    /* header address of the chunk to cut, >= chunk */
};

/* The bin of free chunks of this size; bytes: 16..POOLS_REGION_BYTES_MAX, a multiple of 8. */
static inline unsigned space_bin_of(uint32_t bytes) {
    if (bytes <= SPACE_EXACT_BYTES_MAX) {
        return (bytes - 16u) / 8u;
    }
    unsigned log2 = 31u - (unsigned)__builtin_clz(bytes);
    if (log2 < 12u) {
        return 15u + (log2 - 7u) * 4u + ((bytes >> (log2 - 2u)) & 3u);
    }
    return 35u + (log2 - 12u);
}

/* Looks for the smallest free chunk of at least `bytes`. Returns its header's address, or 0. */
uint32_t space_find(const struct pools_heap *heap, uint32_t bytes);

/* True iff no free chunk is larger than this one. */
bool space_is_largest(const struct pools_heap *heap, uint32_t chunk);

/* Makes the first `bytes` of a free chunk that space_find found (or up to 8 more) a used chunk.
 * Returns its header's address. */
uint32_t space_cut(struct pools_heap *heap, uint32_t chunk, uint32_t bytes);

/* The same for a chunk whose (payload - origin) is a multiple of `alignment` (a power of two, 16 or
 * more). */
struct space_place space_find_aligned(const struct pools_heap *heap, uint32_t bytes,
                                      uint32_t alignment, uint32_t origin);
uint32_t space_cut_aligned(struct pools_heap *heap, struct space_place place, uint32_t bytes);

/* Gives a chunk that is not free back and merges it with free neighbours. */
void space_give(struct pools_heap *heap, uint32_t chunk);

/* Makes a used chunk `bytes` long (16 or more, not more than it is); what is left over is given
 * back. */
void space_shrink(struct pools_heap *heap, uint32_t chunk, uint32_t bytes);

/* Grows a used chunk to at least `bytes` into what follows it. Returns true iff it did. */
bool space_grow(struct pools_heap *heap, uint32_t chunk, uint32_t bytes);

/* Bytes of the free chunk before a used chunk, plus its own, plus what could be taken after it. */
uint32_t space_slide_bytes(const struct pools_heap *heap, uint32_t chunk);

/* Moves a used chunk down into the free chunk before it, contents included, and makes it `bytes`
 * long; space_slide_bytes told that there is room. Returns the new header's address. */
uint32_t space_slide(struct pools_heap *heap, uint32_t chunk, uint32_t bytes);

static inline uint32_t space_untouched_bytes(const struct pools_heap *heap) {
    return heap->end - heap->untouched;
}

#endif
