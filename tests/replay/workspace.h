// SPDX-License-Identifier: MIT
/*
 * The replay's own memory: its command line, the open trace, and the tables whose length the trace
 * decides. The tables lie at the top of the dynamic region and are taken from it before the
 * allocator sees the region, so that they are in nobody's heap and cost a small board no more than
 * the trace needs.
 */
#ifndef TESTS_REPLAY_WORKSPACE_H
#define TESTS_REPLAY_WORKSPACE_H

#include "player.h"
#include "trace_stream.h"

struct workspace {
    struct trace_stream stream;
    struct player player; /* with its slots, and bins where there is room for them */
    bool damage_wanted;
    uint32_t damage_operation; /* a block is damaged before this one, if wanted */
    uint32_t table_bytes;      /* taken from the region */
    bool prepared;             /* obmalloc_boot_region() has run */
    const char *error;         /* static sentence; NULL = ready to replay, once prepared */
};

/* Filled in by obmalloc_boot_region(), which runs before main. */
extern struct workspace workspace;

#endif
