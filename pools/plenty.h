// SPDX-License-Identifier: MIT
/*
 * Plenty and scarce: how the heap behaves depends on how much is free.
 *
 * While memory is plenty, freed blocks wait in their pools, unmerged: the fast paths. When it gets
 * scarce, freed blocks are merged at once, and allocations that their own pool cannot serve use up
 * what waits in others, until memory is plenty again or the pools are empty.
 */
#ifndef POOLS_PLENTY_H
#define POOLS_PLENTY_H

#include <stdbool.h>

#include "heap_inline.h"
#include "space.h"

/*@ requires region_bytes <= POOLS_REGION_BYTES_MAX;
    assigns \nothing;
    ensures \result == region_bytes * 9 / 32;
*/
static inline uint32_t plenty_chunk_bytes_of(uint32_t region_bytes) {
    return region_bytes * POOLS_PLENTY_CHUNK_PARTS >> POOLS_PLENTY_CHUNK_SHIFT;
}

/*@ requires chunk_bytes >= POOLS_CHUNK_BYTES_MIN;
    assigns \nothing;
    ensures bins_of_longer: \forall integer bin; 0 <= bin < POOLS_BIN_COUNT ==>
      (bit(\result, 31 - bin) <==> bin_first(bin) > chunk_bytes);
*/
static inline uint32_t plenty_bins_of(uint32_t chunk_bytes) {
    return 0x7FFFFFFFu >> space_bin_of(chunk_bytes);
}

/* Called when bins or the untouched part have changed. */
/*@ requires open_heap(heap);
    assigns heap->fast_free_granules;
    ensures heap->fast_free_granules == 0 ||
      heap->fast_free_granules == (heap->untouched - heap->base) / 8;
    ensures heap->end - heap->untouched >= heap->plenty_chunk_bytes ==>
      heap->fast_free_granules != 0;
*/
static inline void plenty_renew_inline(struct pools_heap *heap) {
    uint32_t granules = 0;
    if (space_untouched_bytes(heap) >= heap->plenty_chunk_bytes ||
        (heap->bins_filled & heap->plenty_bins) != 0) {
        granules = map_granule(heap->base, heap->untouched);
    }
    heap->fast_free_granules = granules;
}

#ifdef __OPTIMIZE_SIZE__
void plenty_renew(struct pools_heap *heap);
#else
static inline void plenty_renew(struct pools_heap *heap) {
    plenty_renew_inline(heap);
}
#endif

/*@ requires \valid_read(heap);
    assigns \nothing;
    ensures \result <==> heap->fast_free_granules == 0;
*/
static inline bool plenty_is_scarce(const struct pools_heap *heap) {
    return heap->fast_free_granules == 0;
}

/* A ready block out of one of the next few pools of at least this size (16..248 bytes), cut to it: in
 * scarce memory, what waits for other sizes is used up. Returns 0 if none waits there. */
static inline uint32_t plenty_take_ready(struct pools_heap *heap, uint32_t bytes) {
    uint32_t needed = bytes / POOLS_ALIGNMENT_BYTES;
    uint32_t granules = link_drain_class(heap);
    uint32_t block = 0;
#ifdef __OPTIMIZE_SIZE__
#pragma GCC unroll 1
#endif
    for (unsigned looks = POOLS_DRAIN_LOOKS; looks != 0; looks--) {
        granules = granules > needed ? granules - 1u : POOLS_CLASS_LAST;
        uint32_t next = link_behind_first(heap, &heap->pools[granules]);
        if (next != 0) {
            block = heap->pools[granules];
            heap->pools[granules] = next;
            pools_ready_changed(heap, granules, -1);
            link_recall(heap, block);
            link_make_live(block, next);
            space_shrink(heap, block, granules * POOLS_ALIGNMENT_BYTES, bytes);
            break;
        }
    }
    heap->drain_class = granules;
    return block;
}

/* How many blocks of 2, 3 .. 12 granules are carved at once, and their marks. */
struct plenty_carving {
    uint32_t starts;
    uint32_t count;
};
extern const struct plenty_carving plenty_carves[];

/* A block of a pooled size off the untouched part, and a few more for its pool: a program that wants
 * one block more than ever before soon wants the next. Wants an untouched part that holds the block. */
uint32_t plenty_carve(struct pools_heap *heap, uint32_t bytes);

#endif
