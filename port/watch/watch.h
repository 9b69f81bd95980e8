// SPDX-License-Identifier: MIT
/*
 * Where somebody may watch every call of the allocator: what the entry points tell of themselves.
 *
 * Without OBMALLOC_WATCHED (entry.h), which is the default, nothing is told and no code is made. With it the entry points
 * are C, under either flag, and call these functions, which watch.c passes on to whoever watches.
 *
 * A free is told before it is done and an allocation after it was, so that of two calls of which one
 * interrupts the other, a block's end is told before its address is handed out again. A realloc is told
 * of both: before, because the old block may be another's soon, and after.
 *
 * Threads and interrupts: called by whoever allocates, without the lock.
 */
#ifndef OBMALLOC_WATCH_H
#define OBMALLOC_WATCH_H

#include <stddef.h>

#include "entry.h"

enum watch_kind { WATCH_MALLOC, WATCH_CALLOC, WATCH_MEMALIGN, WATCH_REALLOC };

#ifdef OBMALLOC_WATCHED

/* block: NULL iff the request failed. request_bytes: as asked for; of calloc the product, which may have
 * wrapped where block is NULL. Returns block. */
void *watch_allocated(enum watch_kind kind, void *block, size_t request_bytes, const void *caller);

/* block may be NULL, or no block at all: it has not been looked at. */
void watch_freeing(void *block, const void *caller);
void watch_resizing(void *block, size_t request_bytes, const void *caller);

/* old_block may be NULL; an address only, since it may be another's by now. Returns result, which is NULL
 * iff the old block stays as it was, or, under flag 0, iff realloc(p, 0) has freed it. */
void *watch_resized(void *old_block, void *result, size_t request_bytes, const void *caller);

#else

static inline void *watch_allocated(enum watch_kind kind, void *block, size_t request_bytes,
                                    const void *caller) {
    (void)kind;
    (void)request_bytes;
    (void)caller;
    return block;
}

static inline void watch_freeing(void *block, const void *caller) {
    (void)block;
    (void)caller;
}

static inline void watch_resizing(void *block, size_t request_bytes, const void *caller) {
    (void)block;
    (void)request_bytes;
    (void)caller;
}

static inline void *watch_resized(void *old_block, void *result, size_t request_bytes,
                                  const void *caller) {
    (void)old_block;
    (void)request_bytes;
    (void)caller;
    return result;
}

#endif

#endif
