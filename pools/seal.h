// SPDX-License-Identifier: MIT
/*
 * Seals over the heap's own words of which addresses are made. With encoded links (link.h) a damaged one is
 * noticed before it is used: whatever a call would do with it, it does not.
 *
 *   near_seal   base ^ untouched ^ secret: what each call needs, the fast paths too
 *   far_seal    start ^ end ^ base ^ cleared_granules
 *
 * Whoever moves one of these words changes the seal by the same bits, so that damage that has not been
 * noticed yet stays noticeable. Each flipped bit, and each word overwritten, breaks a seal. The other words need
 * none: what is found by them is looked at where it lies (link.c), or decides about speed alone. A closed heap
 * has seals, too: its three addresses are the same, and all else is 0.
 */
#ifndef POOLS_SEAL_H
#define POOLS_SEAL_H

#include <stdbool.h>

#include "heap.h"

#ifdef POOLS_LINKS_ENCODED

static inline bool seal_near_holds(const struct pools_heap *heap) {
    return (heap->base ^ heap->untouched ^ heap->secret) == heap->near_seal;
}

/* Cost: constant, 15 instructions. */
static inline bool seal_holds(const struct pools_heap *heap) {
    return ((heap->base ^ heap->untouched ^ heap->secret ^ heap->near_seal) |
            (heap->start ^ heap->end ^ heap->base ^ heap->cleared_granules ^ heap->far_seal)) == 0;
}

/* For whoever sets all of these words. */
static inline void seal_set(struct pools_heap *heap) {
    heap->near_seal = heap->base ^ heap->untouched ^ heap->secret;
    heap->far_seal = heap->start ^ heap->end ^ heap->base ^ heap->cleared_granules;
}

/* Before `untouched`, or cleared_granules, becomes another. */
static inline void seal_untouched(struct pools_heap *heap, uint32_t becomes) {
    heap->near_seal ^= heap->untouched ^ becomes;
}

static inline void seal_cleared(struct pools_heap *heap, uint32_t becomes) {
    heap->far_seal ^= heap->cleared_granules ^ becomes;
}

/* As seal_holds, and notes damage: for what is not const. */
bool seal_holds_here(struct pools_heap *heap);

#else

/* Macros, as in link.h. */
#define seal_holds(heap)              true
#define seal_holds_here(heap)         true
#define seal_set(heap)                ((void)0)
#define seal_untouched(heap, becomes) ((void)0)
#define seal_cleared(heap, becomes)   ((void)0)

#endif

#endif
