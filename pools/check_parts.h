// SPDX-License-Identifier: MIT
/*
 * What the integrity walks ask of one thing at a time: of the heap's own words, of a chunk, of a ready
 * block. Each returns POOLS_OK, or notes in `finding` what is wrong and where.
 *
 * For a heap that is open; all but check_heap for one that check_heap has found sound. Cost: constant.
 */
#ifndef POOLS_CHECK_PARTS_H
#define POOLS_CHECK_PARTS_H

#include "pools.h"
#include "walk.h"

/* Notes the finding. Returns POOLS_CORRUPT. */
enum pools_status check_found(struct pools_finding *finding, uint32_t address,
                              const char *sentence);

/* The heap's addresses and limits, and nil. */
enum pools_status check_heap(const struct pools_heap *heap, struct pools_finding *finding);

/* The chunk that a walk met, `step`, apart from its links and from the map inside of it. */
enum pools_status check_chunk(const struct pools_heap *heap, uint32_t chunk, struct walk_step step,
                              struct pools_finding *finding);

/* Where the map has to be clear inside of that chunk: granules from *first up to the end that is
 * returned. */
uint32_t check_clear_range(const struct pools_heap *heap, uint32_t chunk, struct walk_step step,
                           uint32_t *first);

/* The sentence for a map that is not clear there. */
const char *check_clear_sentence(enum walk_kind kind);

/* A block that a pool's list leads to: of `granules`, and not written to since. */
enum pools_status check_ready(const struct pools_heap *heap, uint32_t block, uint32_t granules,
                              struct pools_finding *finding);

/* Whether a bin's bit and its list's head agree. */
enum pools_status check_bin(const struct pools_heap *heap, unsigned bin,
                            struct pools_finding *finding);

/* Returns true iff the map has no bit for the granules from `first` up to `end`, of which there are
 * MAP_WINDOW_GRANULES at most. */
static inline bool check_window_is_clear(const struct pools_heap *heap, uint32_t first,
                                         uint32_t end) {
    uint32_t window = map_window(heap->base, first) >> (32u - MAP_WINDOW_GRANULES);
    uint32_t beyond = MAP_WINDOW_GRANULES - (end - first);
    return window >> beyond == 0;
}

#endif
