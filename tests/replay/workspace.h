// SPDX-License-Identifier: MIT
/*
 * The replay's own memory: its command line, the open trace, and the table of slots, whose length
 * the trace decides. The table lies at the top of the dynamic region and is taken from it before
 * the allocator sees the region, so that it is in nobody's heap and costs a small board no more
 * than the trace needs.
 *
 * A region of a wanted size ends below the table at a multiple of WORKSPACE_REGION_END_BYTES and
 * begins wherever its size says: as in a firmware, where the stack reserve above is a round number
 * and .bss below is not. Full newlib, which takes RAM up to such a multiple only, can then use all
 * of it.
 */
#ifndef TESTS_REPLAY_WORKSPACE_H
#define TESTS_REPLAY_WORKSPACE_H

#include "player.h"
#include "trace_stream.h"

#define WORKSPACE_REGION_END_BYTES 4096u

struct workspace {
    struct trace_stream stream;
    struct player player; /* with its slots */
    bool counts_wanted;
    bool stop_at_failure;
    uint32_t sample_every; /* operations between two samples; 0 = none */
    bool damage_wanted;
    uint32_t damage_operation; /* a block is damaged before this one, if wanted */
    uint32_t table_bytes;      /* taken from the region */
    bool prepared;             /* obmalloc_boot_region() has run */
    const char *error;         /* static sentence; NULL = ready to replay, once prepared */
};

/* Filled in by obmalloc_boot_region(), which runs before main. */
extern struct workspace workspace;

#endif
