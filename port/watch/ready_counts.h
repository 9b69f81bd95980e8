// SPDX-License-Identifier: MIT
/* Counts for the main heap what waits in each pool, wherever pools/ changes it. */
#ifndef OBMALLOC_WATCH_READY_COUNTS_H
#define OBMALLOC_WATCH_READY_COUNTS_H

#include "heap.h"

extern struct pools_heap obmalloc_heap;

/* Blocks that wait, by their granules. */
extern uint32_t ready_counts[POOLS_CLASS_COUNT];
extern uint32_t ready_blocks_total, ready_bytes_total;

static inline void pools_ready_changed(const struct pools_heap *heap, uint32_t granules,
                                       int32_t change) {
    if (heap == &obmalloc_heap) {
        ready_counts[granules] += (uint32_t)change;
        ready_blocks_total += (uint32_t)change;
        ready_bytes_total += (uint32_t)change * granules * 8u;
    }
}

#endif
