// SPDX-License-Identifier: MIT
/* The recorder as watch.c calls it: one function for each thing that watch.h tells. */
#ifndef OBMALLOC_WATCH_RECORD_H
#define OBMALLOC_WATCH_RECORD_H

#include "watch/watch.h"

#ifdef OBMALLOC_WATCH_RECORD

/* alignment_bytes: of WATCH_MEMALIGN. */
void record_allocated(enum watch_kind kind, const void *block, size_t alignment_bytes,
                      size_t request_bytes, const void *caller);
void record_freeing(const void *block, const void *caller);
void record_resizing(const void *block);
void record_resized(const void *old_block, const void *result, size_t request_bytes,
                    const void *caller);
void record_forgotten(const void *start, const void *end);

#else

static inline void record_allocated(enum watch_kind kind, const void *block, size_t alignment_bytes,
                                    size_t request_bytes, const void *caller) {
    (void)kind;
    (void)block;
    (void)alignment_bytes;
    (void)request_bytes;
    (void)caller;
}

static inline void record_freeing(const void *block, const void *caller) {
    (void)block;
    (void)caller;
}

static inline void record_resizing(const void *block) {
    (void)block;
}

static inline void record_resized(const void *old_block, const void *result, size_t request_bytes,
                                  const void *caller) {
    (void)old_block;
    (void)result;
    (void)request_bytes;
    (void)caller;
}

static inline void record_forgotten(const void *start, const void *end) {
    (void)start;
    (void)end;
}

#endif

#endif
