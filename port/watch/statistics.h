// SPDX-License-Identifier: MIT
/* The counters as watch.c calls them: one function for each thing that watch.h tells. */
#ifndef OBMALLOC_WATCH_STATISTICS_H
#define OBMALLOC_WATCH_STATISTICS_H

#include <stddef.h>

#ifdef OBMALLOC_WATCH_STATISTICS

/* alignment_bytes: 0 = the call has none. */
void statistics_allocated(const void *block, size_t alignment_bytes, size_t request_bytes);
void statistics_freeing(const void *block);
void statistics_resizing(const void *block);
void statistics_resized(const void *old_block, const void *result, size_t request_bytes);

#else

#define statistics_allocated(block, alignment_bytes, request_bytes) ((void)0)
#define statistics_freeing(block)                                   ((void)0)
#define statistics_resizing(block)                                  ((void)0)
#define statistics_resized(old_block, result, request_bytes)        ((void)0)

#endif

#endif
