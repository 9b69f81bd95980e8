// SPDX-License-Identifier: MIT
/*
 * Serving a request under flag 1: which allocator comes first, which takes the overflow, what is
 * counted.
 *
 * For all: they lock, step by step; the mode is OBMALLOC_POOLS_SERVE; alignment_bytes is a power of two; errno is set by
 * serve_failure only.
 */
#ifndef OBMALLOC_SERVE_H
#define OBMALLOC_SERVE_H

#include <errno.h>
#include <stddef.h>

#include "libc_block.h"
#include "lock.h"
#include "private_libc.h"
#include "state.h"

/* Up to 512 bytes: the arena, then the C library. Larger: the C library, then the arena.
 * Returns NULL, counted and with ENOMEM, iff neither can. */
void *serve_request(struct obmalloc_state *state, size_t alignment_bytes, size_t request_bytes);

/* The same for a request that goes to the arena first, when pools_malloc has just found nothing. */
void *serve_after_arena(struct obmalloc_state *state, size_t alignment_bytes, size_t request_bytes);

/* Returns NULL iff the arena cannot hold the block even when all that waits in its pools has been
 * merged, which takes as long as there is. Counts nothing. */
void *serve_from_arena(size_t alignment_bytes, size_t request_bytes);

/* Returns NULL iff the C library cannot hold the block now. Counts the block, not the overflow. */
void *serve_from_libc(struct obmalloc_state *state, size_t alignment_bytes, size_t request_bytes);

/* Returns true iff the sum of both, with either allocator's own overhead, exceeds PTRDIFF_MAX:
 * sizes that neither allocator survives. Takes any alignment_bytes. */
bool serve_is_impossible(size_t alignment_bytes, size_t request_bytes);

/* pools_realloc, but with the lock released while it copies; and pools_reclaim, a few blocks at a time. Of the
 * arena, or of another heap. */
#ifdef OBMALLOC_LOCK_NONE
static inline void *serve_realloc(struct pools_heap *heap, void *block, size_t request_bytes) {
    return pools_realloc(heap, block, request_bytes);
}

static inline void serve_reclaim(struct pools_heap *heap) {
    pools_reclaim(heap);
}
#else
void *serve_realloc(struct pools_heap *heap, void *block, size_t request_bytes);
void serve_reclaim(struct pools_heap *heap);
#endif

/* The C library's realloc, which may say ENOMEM and then find room elsewhere. */
static inline void *serve_libc_realloc(void *block, size_t request_bytes) {
    int errno_before = errno;
    void *result = libc_block_realloc(block, request_bytes);
    errno = errno_before;
    return result;
}

/* Frees a live block. */
static inline void serve_free(struct pools_heap *heap, void *block) {
    obmalloc_lock_state before = obmalloc_lock();
    pools_free(heap, block);
    obmalloc_unlock(before);
}

/* Adds to a counter of the state. */
static inline void serve_count(uint32_t *counter, uint32_t summand) {
    obmalloc_lock_state before = obmalloc_lock();
    *counter += summand;
    obmalloc_unlock(before);
}

/* Counts a failure, sets ENOMEM, returns NULL. */
void *serve_failure(struct obmalloc_state *state);

#endif
