// SPDX-License-Identifier: MIT
#include "bounds.h"

#include "map.h"
#include "plenty.h"
#include "seal.h"

/* Three addresses with two equations. */
static bool region_is_possible(const struct pools_heap *heap) {
    uint32_t region_bytes = heap->end - heap->start;
    return heap->start < heap->end && (heap->start | heap->end) % POOLS_ALIGNMENT_BYTES == 0 &&
           region_bytes >= POOLS_REGION_BYTES_MIN && region_bytes <= POOLS_REGION_BYTES_MAX &&
           heap->base == heap->start + map_bytes_for(region_bytes) &&
           heap->plenty_chunk_bytes == plenty_chunk_bytes_of(region_bytes) &&
           heap->plenty_bins == plenty_bins_of(heap->plenty_chunk_bytes);
}

/* That untouched is not below base follows from cleared_is_possible, and base itself says that the heap is closed. */
static bool untouched_is_possible(const struct pools_heap *heap) {
    return (heap->untouched | heap->high_water) % POOLS_ALIGNMENT_BYTES == 0 &&
           heap->untouched <= heap->end && heap->high_water >= heap->base + POOLS_ALIGNMENT_BYTES &&
           heap->high_water <= heap->end;
}

/* The map is defined by granules of its own, beyond the untouched part's first granule and never
 * below start. */
static bool cleared_is_possible(const struct pools_heap *heap) {
    uint32_t map_bytes = heap->base - heap->start - MAP_SLACK_BYTES;
    return heap->cleared_granules % (8u * POOLS_ALIGNMENT_BYTES) == 0 &&
           heap->cleared_granules > map_granule(heap->base, heap->untouched) &&
           heap->cleared_granules / 8u <= map_bytes;
}

const char *bounds_fault(const struct pools_heap *heap, uint32_t *address) {
    *address = heap->base;
    if (!seal_holds(heap)) {
        return "the region's bounds and their seal disagree";
    }
    if (!region_is_possible(heap)) {
        return "the region's bounds contradict one another";
    }
    if (!cleared_is_possible(heap)) {
        return "the map is not defined as far as the chunks reach";
    }
    *address = heap->untouched;
    if (!untouched_is_possible(heap)) {
        return "the untouched part lies outside the region";
    }
    /* The end of every walk, and of every look for the next chunk. */
    if ((map_window(heap->base, map_granule(heap->base, heap->untouched)) & MAP_FIRST) == 0) {
        return "the map does not mark the untouched part";
    }
    return NULL;
}
