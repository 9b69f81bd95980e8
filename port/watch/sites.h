// SPDX-License-Identifier: MIT
/* The table of live blocks as watch.c calls it: one function for each thing that watch.h tells. */
#ifndef OBMALLOC_WATCH_SITES_H
#define OBMALLOC_WATCH_SITES_H

#ifdef OBMALLOC_WATCH_SITES

/* block: NULL iff the request failed. */
void sites_allocated(const void *block, const void *caller);
void sites_freeing(const void *block);
void sites_resizing(const void *block);
void sites_resized(const void *old_block, const void *result, size_t request_bytes,
                   const void *caller);
void sites_forgotten(const void *start, const void *end);

#else

#define sites_allocated(block, caller)                          ((void)0)
#define sites_freeing(block)                                    ((void)0)
#define sites_resizing(block)                                   ((void)0)
#define sites_resized(old_block, result, request_bytes, caller) ((void)0)
#define sites_forgotten(start, end)                             ((void)0)

#endif

#endif
