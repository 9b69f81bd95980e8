// SPDX-License-Identifier: MIT
/*
 * Who holds the heap: live blocks by the call that allocated them, in RAM that does not grow with the heap and
 * without a recording. For a library built with OBMALLOC_WATCH=sites; in any other these functions are not
 * defined.
 *
 * A table holds some of the live blocks, each with its caller. Which ones, chance decides, a long block more
 * likely than a short one, so that callers appear by the bytes that they hold, whether in few blocks or many.
 * While few blocks live it has all of them: it turns the first one away when eight that live already share a
 * place with it. From then on that place prefers long blocks until none of its eight lives any more.
 *
 * What it says of a caller that truly holds `true` bytes:
 *   tracked <= true <= tracked + untracked      always; both are counted, not estimated
 *   estimate                                    true on average: the mean error is 0, and the standard deviation
 *                                               is sqrt(threshold * true) at most
 * untracked are the bytes of all live blocks that the table does not hold; 0 makes everything exact. threshold is
 * the length from which on a block was sure of its place.
 *
 * Bytes are usable bytes, those that the heap cannot hand out again. A realloc counts as an allocation by the
 * realloc's caller. Blocks of all heaps count, under both flags.
 *
 * Cost: SEE.md, "Leaks". Threads and interrupts: as the allocation functions.
 */
#ifndef OBMALLOC_OBMALLOC_SITES_H
#define OBMALLOC_OBMALLOC_SITES_H

#include <stdint.h>

#include "obmalloc_tick.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Blocks that the table holds: a multiple of 8, up to 32768. Each takes 20.5 bytes of RAM. */
#ifndef OBMALLOC_SITES_BLOCK_COUNT
#define OBMALLOC_SITES_BLOCK_COUNT 64
#endif

struct obmalloc_site {
    const void *caller;      /* where the allocating call returns to */
    uint32_t tracked_blocks; /* in the table */
    uint32_t tracked_bytes;
    uint32_t estimated_blocks; /* live, in the table or not */
    uint32_t estimated_bytes;
    uint32_t oldest_ticks; /* age of the oldest one in the table; 0 without obmalloc_tick() */
};

struct obmalloc_sites_totals {
    uint32_t live_blocks; /* all of them */
    uint32_t live_bytes;
    uint32_t tracked_blocks;
    uint32_t tracked_bytes;
    uint32_t threshold_bytes;
};

/* Fills sites[0 .. site_count_max) with the callers that hold most, the most first, and *totals. Returns how many
 * callers there are, at most site_count_max: what further ones hold is in the totals alone.
 * Cost: grows with OBMALLOC_SITES_BLOCK_COUNT times site_count_max; locks for one block at a time. */
uint32_t obmalloc_sites(struct obmalloc_site *sites, uint32_t site_count_max,
                        struct obmalloc_sites_totals *totals);

/* Prints them, a line for each caller, with `write`, which must not allocate. port/host/callers.py puts the
 * callers' names in. Takes 24 bytes of stack for each of the 16 callers that it prints at most. */
void obmalloc_sites_print(void (*write)(const char *text));

#ifdef __cplusplus
}
#endif

#endif
