// SPDX-License-Identifier: MIT
/*
 * Plenty and scarce: how the heap behaves depends on how much is free.
 *
 * While memory is plenty, freed blocks wait in their pools, unmerged: the fast paths. When it gets
 * scarce, freed blocks are merged at once, and each allocation that a pool does not serve takes one
 * waiting block back, until memory is plenty again or the pools are empty.
 */
#ifndef POOLS_PLENTY_H
#define POOLS_PLENTY_H

#include <stdbool.h>

#include "map.h"
#include "space.h"

static inline uint32_t plenty_used_bytes_of(uint32_t region_bytes) {
    return region_bytes - (region_bytes >> POOLS_PLENTY_FREE_SHIFT);
}

static inline uint32_t plenty_chunk_bytes_of(uint32_t region_bytes) {
    return (region_bytes >> POOLS_PLENTY_CHUNK_SHIFT) * POOLS_PLENTY_CHUNK_PARTS;
}

/* Called when used bytes, bins or the untouched part have changed. */
static inline void plenty_renew(struct pools_heap *heap) {
    uint32_t granules = 0;
    if (heap->used_bytes <= heap->plenty_used_bytes &&
        (space_untouched_bytes(heap) >= heap->plenty_chunk_bytes ||
         heap->bins_filled >> space_bin_of(heap->plenty_chunk_bytes) > 1u)) {
        granules = map_granule(heap->base, heap->untouched);
    }
    heap->fast_free_granules = granules;
}

static inline bool plenty_is_scarce(const struct pools_heap *heap) {
    return heap->fast_free_granules == 0;
}

/* Takes a waiting block back from one of the next few pools, if one waits there. */
static inline void plenty_drain(struct pools_heap *heap) {
    uint32_t class = heap->drain_class;
    for (unsigned looks = POOLS_DRAIN_LOOKS; looks != 0; looks--) {
        uint32_t block = heap->pools[class];
        uint32_t next = *word_at(block);
        if (next != 0) {
            heap->pools[class] = next;
            space_give(heap, block, (class + 1u) * POOLS_ALIGNMENT_BYTES);
            break;
        }
        class = class > 1u ? class - 1u : POOLS_CLASS_COUNT - 2u;
    }
    heap->drain_class = class;
}

#endif
