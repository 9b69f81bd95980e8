// SPDX-License-Identifier: MIT
/* Pointers that come back: whose they are is told by their address alone. */
#include <errno.h>
#include <string.h>

#include "libc_block.h"
#include "private_libc.h"
#include "route.h"
#include "serve.h"

static enum obmalloc_misuse_kind kind_of(enum pools_status status) {
    switch (status) {
    case POOLS_MISALIGNED:
        return OBMALLOC_MISUSE_MISALIGNED;
    case POOLS_DOUBLE_FREE:
        return OBMALLOC_MISUSE_DOUBLE_FREE;
    case POOLS_CORRUPT:
        return OBMALLOC_MISUSE_CORRUPT;
    case POOLS_NOT_OWNED:
        return OBMALLOC_MISUSE_FOREIGN;
    default:
        return OBMALLOC_MISUSE_NOT_A_BLOCK;
    }
}

/* Whose a block outside the arena is: POOLS_OK iff the C library's. */
static enum pools_status libc_status(const struct obmalloc_state *state, const void *block) {
    const char *address = block;
    if (address < (const char *)state->region.start || address >= state->heap_break) {
        return POOLS_NOT_OWNED;
    }
    if ((uintptr_t)address % POOLS_ALIGNMENT_BYTES != 0) {
        return POOLS_MISALIGNED;
    }
    return libc_block_status(block, state->region.start, state->heap_break);
}

/* POOLS_OK iff a live block, of either allocator; stores the bytes usable in one of the arena's. */
__attribute__((always_inline)) static inline enum pools_status
block_status(const struct obmalloc_state *state, const void *block, size_t *arena_bytes) {
    obmalloc_lock_state before = obmalloc_lock();
    enum pools_status status = pools_owns(&obmalloc_heap, block)
                                   ? pools_block_bytes(&obmalloc_heap, block, arena_bytes)
                                   : libc_status(state, block);
    obmalloc_unlock(before);
    return status;
}

void route_free(void *block, const void *caller) {
    struct obmalloc_state *state = &obmalloc_state;
    if (!serve_by_pools(state)) {
        libc_free(block);
        return;
    }
    if (!block) {
        return;
    }
    enum pools_status status;
    obmalloc_lock_state before = obmalloc_lock();
    if (pools_owns(&obmalloc_heap, block)) {
        status = pools_free(&obmalloc_heap, block);
    } else {
        status = libc_status(state, block);
        if (status == POOLS_OK) {
            libc_free(block);
            state->libc_used_blocks--;
        }
    }
    obmalloc_unlock(before);
    if (status != POOLS_OK) {
        obmalloc_report_misuse(kind_of(status), "free", block, caller);
    }
}

/* Copies a live block into one that the other allocator serves. Returns NULL, with the old block as
 * it was, iff there is none. */
static void *moved(void *new_block, const void *old_block, size_t old_bytes, size_t request_bytes) {
    if (!new_block) {
        return NULL;
    }
    return memcpy(new_block, old_block, old_bytes < request_bytes ? old_bytes : request_bytes);
}

/* serve_realloc, and once more when all that waits in the pools has been merged. */
static void *realloc_reclaimed(void *block, size_t request_bytes) {
    void *result = serve_realloc(block, request_bytes);
    if (!result) {
        serve_reclaim();
        result = serve_realloc(block, request_bytes);
    }
    return result;
}

static void *realloc_in_arena(struct obmalloc_state *state, void *block, size_t old_bytes,
                              size_t request_bytes) {
    bool large_wants_libc = request_bytes > POOLS_SMALL_BYTES_MAX && request_bytes > old_bytes &&
                            !state->whole_region_is_arena;
    void *result = large_wants_libc ? NULL : realloc_reclaimed(block, request_bytes);
    if (result) {
        return result;
    }
    result = moved(serve_from_libc(state, POOLS_ALIGNMENT_BYTES, request_bytes), block, old_bytes,
                   request_bytes);
    if (result) {
        serve_count(&state->overflow_small_to_libc, !large_wants_libc);
        serve_free(block);
    } else if (large_wants_libc) {
        result = realloc_reclaimed(block, request_bytes);
        serve_count(&state->overflow_large_to_arena, result != NULL);
    }
    return result ? result : serve_failure(state);
}

/* A libc block stays libc's while libc has room, also when it shrinks below 512 bytes. */
static void *realloc_in_libc(struct obmalloc_state *state, void *block, size_t request_bytes) {
    int errno_before = errno;
    void *result = libc_realloc(block, request_bytes);
    if (result) {
        return result;
    }
    errno = errno_before;
    result = moved(serve_from_arena(POOLS_ALIGNMENT_BYTES, request_bytes), block,
                   libc_malloc_usable_size(block), request_bytes);
    if (!result) {
        return serve_failure(state);
    }
    obmalloc_lock_state before = obmalloc_lock();
    state->overflow_large_to_arena += request_bytes > POOLS_SMALL_BYTES_MAX;
    libc_free(block);
    state->libc_used_blocks--;
    obmalloc_unlock(before);
    return result;
}

void *route_realloc(void *block, size_t request_bytes, const void *caller) {
    struct obmalloc_state *state = &obmalloc_state;
    if (!serve_by_pools(state)) {
        return libc_realloc(block, request_bytes);
    }
    if (!block) {
        return serve_request(state, POOLS_ALIGNMENT_BYTES, request_bytes);
    }
    size_t old_bytes = 0;
    bool in_arena = pools_owns(&obmalloc_heap, block);
    enum pools_status status = block_status(state, block, &old_bytes);
    if (status != POOLS_OK) {
        obmalloc_report_misuse(kind_of(status), "realloc", block, caller);
        errno = EINVAL;
        return NULL;
    }
    if (serve_is_impossible(POOLS_ALIGNMENT_BYTES, request_bytes)) {
        return serve_failure(state);
    }
    if (request_bytes == 0) {
        request_bytes = 1; /* nano's realloc(p, 0) frees, newlib's does not: one rule for both */
    }
    return in_arena ? realloc_in_arena(state, block, old_bytes, request_bytes)
                    : realloc_in_libc(state, block, request_bytes);
}

size_t route_usable_bytes(void *block, const void *caller) {
    struct obmalloc_state *state = &obmalloc_state;
    if (!serve_by_pools(state)) {
        return libc_malloc_usable_size(block);
    }
    if (!block) {
        return 0;
    }
    size_t usable_bytes = 0;
    bool in_arena = pools_owns(&obmalloc_heap, block);
    enum pools_status status = block_status(state, block, &usable_bytes);
    if (status != POOLS_OK) {
        obmalloc_report_misuse(kind_of(status), "malloc_usable_size", block, caller);
        return 0;
    }
    return in_arena ? usable_bytes : libc_malloc_usable_size(block);
}
