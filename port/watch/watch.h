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
#include <stdint.h>

#include "entry.h"
#include "obmalloc.h"

/* The bytes of a calloc; the most there is where they have no number. */
static inline size_t watch_product(size_t element_count, size_t element_bytes) {
    size_t bytes;
    return __builtin_mul_overflow(element_count, element_bytes, &bytes) ? SIZE_MAX : bytes;
}

enum watch_kind { WATCH_MALLOC, WATCH_CALLOC, WATCH_MEMALIGN, WATCH_REALLOC };

#ifdef OBMALLOC_WATCHED

/* block: NULL iff the request failed. request_bytes: as asked for; of calloc the product, watch_product().
 * Returns block. */
void *watch_allocated(enum watch_kind kind, void *block, size_t request_bytes, const void *caller);

/* As watch_allocated, of memalign and its kin; kind is WATCH_MEMALIGN. alignment_bytes: as asked for. */
void *watch_aligned(void *block, size_t alignment_bytes, size_t request_bytes, const void *caller);

/* block may be NULL, or no block at all: it has not been looked at. */
void watch_freeing(void *block, const void *caller);
void watch_resizing(void *block, size_t request_bytes, const void *caller);

/* old_block may be NULL; an address only, since it may be another's by now. Returns result, which is NULL
 * iff the old block stays as it was, or, under flag 0, iff realloc(p, 0) has freed it. */
void *watch_resized(void *old_block, void *result, size_t request_bytes, const void *caller);

/* A call that was refused, and a walk that found damage. */
void watch_misuse(const struct obmalloc_misuse *misuse);
void watch_found(const struct pools_finding *finding);

/* All blocks in [start, end), if there are any, are gone without a free: a heap has ended. */
void watch_forgotten(void *start, void *end);

#else

static inline void *watch_allocated(enum watch_kind kind, void *block, size_t request_bytes,
                                    const void *caller) {
    (void)kind;
    (void)request_bytes;
    (void)caller;
    return block;
}

static inline void *watch_aligned(void *block, size_t alignment_bytes, size_t request_bytes,
                                  const void *caller) {
    (void)alignment_bytes;
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

static inline void watch_misuse(const struct obmalloc_misuse *misuse) {
    (void)misuse;
}

static inline void watch_found(const struct pools_finding *finding) {
    (void)finding;
}

#define watch_forgotten(start, end) ((void)0)

#endif

#endif
