// SPDX-License-Identifier: MIT
/*
 * Where a chunk comes from, and where a block's chunk goes: the policy between the classes and the
 * space. Kept chunks are freed single blocks that wait, unmerged, for the next request of their
 * size.
 *
 * Memory is sought in this order: a kept chunk of the size; a free chunk; untouched memory. When
 * untouched memory is scarce, a few kept chunks and empty pools are given back before the largest
 * chunk is cut; and all of them before a request is refused.
 */
#ifndef POOLS_SUPPLY_H
#define POOLS_SUPPLY_H

#include <stdbool.h>
#include <stdint.h>

#include "chunk.h"
#include "heap.h"
#include "space.h"

/* A used chunk of at least `bytes` (16 or more), not from the kept ones. Returns its header's
 * address, or 0 iff the region cannot hold it. */
uint32_t supply_cut(struct pools_heap *heap, uint32_t bytes);

/* The same, with the payload a multiple of `alignment` (a power of two, 16 or more). */
uint32_t supply_cut_aligned(struct pools_heap *heap, uint32_t bytes, uint32_t alignment);

/* A pool of the class, with all blocks free. Returns 0 when none can be had, or when the class has
 * not asked often enough yet to fill one. */
uint32_t supply_pool(struct pools_heap *heap, uint32_t class_granules);

/* An empty pool: keeps it if it is all that its class has and memory is not scarce, else closes it.
 */
void supply_take_back_pool(struct pools_heap *heap, uint32_t pool);

/* Gives a used chunk to the space. */
void supply_give(struct pools_heap *heap, uint32_t chunk);

/* A kept chunk of at least `bytes`, used again. Returns its header's address, or 0. */
static inline uint32_t supply_kept(struct pools_heap *heap, uint32_t bytes) {
    unsigned bin = space_bin_of(bytes);
    if (bin >= POOLS_KEPT_BIN_COUNT) {
        return 0;
    }
    uint32_t chunk = heap->kept[bin];
    if (chunk == 0) {
        return 0;
    }
    if (bytes > SPACE_EXACT_BYTES_MAX) {
        uint32_t kept_bytes = chunk_bytes(chunk_read(chunk));
        if (kept_bytes < bytes) {
            return 0;
        }
        bytes = kept_bytes;
    }
    heap->kept[bin] = *chunk_next(chunk);
    heap->kept_bytes -= bytes;
    chunk_toggle_kept(chunk);
    return chunk;
}

/* Takes a used chunk of this size back: keeps it for its size, or gives it to the space. */
static inline void supply_take_back(struct pools_heap *heap, uint32_t chunk, uint32_t bytes) {
    unsigned bin = space_bin_of(bytes);
    uint32_t kept_bytes = heap->kept_bytes + bytes;
    if (bin >= POOLS_KEPT_BIN_COUNT || kept_bytes > heap->kept_bytes_max) {
        supply_give(heap, chunk);
        return;
    }
    *chunk_next(chunk) = heap->kept[bin];
    heap->kept[bin] = chunk;
    heap->kept_bytes = kept_bytes;
    chunk_toggle_kept(chunk);
}

#endif
