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

#include "heap.h"

/* A used chunk of at least `bytes` (16..POOLS_REGION_BYTES_MAX). Returns its header's address, or 0
 * iff the region cannot hold it. */
uint32_t supply_chunk(struct pools_heap *heap, uint32_t bytes);

/* The same, with the payload a multiple of `alignment` (a power of two, 16 or more). */
uint32_t supply_chunk_aligned(struct pools_heap *heap, uint32_t bytes, uint32_t alignment);

/* A pool of the class, with all blocks free. Returns 0 when none can be had, or when memory is
 * scarce and the class has not asked often enough to fill one. */
uint32_t supply_pool(struct pools_heap *heap, uint32_t class_granules);

/* Takes a used chunk back: keeps it for its size, or gives it to the space. */
void supply_take_back(struct pools_heap *heap, uint32_t chunk);

/* An empty pool: keeps it if it is all that its class has and memory is not scarce, else closes it.
 */
void supply_take_back_pool(struct pools_heap *heap, uint32_t pool);

#endif
