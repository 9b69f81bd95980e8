// SPDX-License-Identifier: MIT
#include "serve.h"

#include <errno.h>

#include "bulk.h"
#include "private_libc.h"

enum { LIBC_OVERHEAD_MAX_BYTES = 64 };

#ifndef OBMALLOC_LOCK_NONE
/* Few enough that no step holds the lock longer than the costliest call does (tests/lock). */
enum { RECLAIM_STEP_BLOCKS = 2 };
#endif

static void *memalign_locked(size_t alignment_bytes, size_t request_bytes) {
    obmalloc_lock_state before = obmalloc_lock();
    void *block = pools_memalign(&obmalloc_heap, alignment_bytes, request_bytes);
    obmalloc_unlock(before);
    return block;
}

#ifndef OBMALLOC_LOCK_NONE
/* A large block that grows into the free chunk before it. */
static void *slide(struct pools_heap *heap, void *block, size_t old_bytes, size_t request_bytes) {
    obmalloc_lock_state before = obmalloc_lock();
    void *slid = pools_slide_begin(heap, block, request_bytes);
    obmalloc_unlock(before);
    if (slid) {
        bulk_copy(slid, block, (uint32_t)old_bytes);
        before = obmalloc_lock();
        pools_cut(heap, slid, request_bytes);
        obmalloc_unlock(before);
    }
    return slid;
}

static void *move(struct pools_heap *heap, void *block, size_t old_bytes, size_t request_bytes) {
    obmalloc_lock_state before = obmalloc_lock();
    void *moved = pools_malloc(heap, request_bytes);
    obmalloc_unlock(before);
    if (moved) {
        size_t kept_bytes = old_bytes < request_bytes ? old_bytes : request_bytes;
        bulk_copy(moved, block, ((uint32_t)kept_bytes + 7u) & ~7u);
        serve_free(heap, block);
    }
    return moved;
}

/* What pools_realloc does, in its order. The old block is the caller's until it is freed here, the new
 * one ours: nobody else writes to either while it is copied. */
void *serve_realloc(struct pools_heap *heap, void *block, size_t request_bytes) {
    size_t old_bytes = 0;
    if (request_bytes == 0) {
        request_bytes = 1; /* of which the contents are kept */
    }
    obmalloc_lock_state before = obmalloc_lock();
    void *result = pools_resize(heap, block, request_bytes);
    bool is_live = !result && pools_block_bytes(heap, block, &old_bytes) == POOLS_OK;
    obmalloc_unlock(before);
    if (!is_live) {
        return result;
    }
    result = slide(heap, block, old_bytes, request_bytes);
    if (!result) {
        result = move(heap, block, old_bytes, request_bytes);
    }
    if (!result && request_bytes <= old_bytes) {
        before = obmalloc_lock();
        pools_cut(heap, block, request_bytes); /* shrinking never fails */
        obmalloc_unlock(before);
        result = block;
    }
    return result;
}

void serve_reclaim(struct pools_heap *heap) {
    /* Others may free meanwhile, and what they add need not be waited for. */
    uint32_t step_count = heap->used_chunks / RECLAIM_STEP_BLOCKS + 1u;
    bool more_wait;
    do {
        obmalloc_lock_state before = obmalloc_lock();
        more_wait = pools_reclaim_some(heap, RECLAIM_STEP_BLOCKS);
        obmalloc_unlock(before);
    } while (more_wait && --step_count != 0);
}
#endif

void *serve_failure(struct obmalloc_state *state) {
    serve_count(&state->failure_count, 1);
    errno = ENOMEM;
    return NULL;
}

/* The arena once more, when all that waits in its pools has been merged. */
static void *serve_reclaimed(size_t alignment_bytes, size_t request_bytes) {
    serve_reclaim(&obmalloc_heap);
    return memalign_locked(alignment_bytes, request_bytes);
}

void *serve_from_arena(size_t alignment_bytes, size_t request_bytes) {
    void *block = memalign_locked(alignment_bytes, request_bytes);
    return block ? block : serve_reclaimed(alignment_bytes, request_bytes);
}

void *serve_from_libc(struct obmalloc_state *state, size_t alignment_bytes, size_t request_bytes) {
    if (state->whole_region_is_arena) {
        return NULL;
    }
    /* The library says ENOMEM where the arena may yet serve; and full newlib where it has found another way
     * than sbrk. */
    int *error = &errno;
    int errno_before = *error;
    void *block = alignment_bytes <= POOLS_ALIGNMENT_BYTES
                      ? libc_malloc(request_bytes)
                      : libc_memalign(alignment_bytes, request_bytes);
    *error = errno_before;
    if (block) {
        serve_count(&state->libc_used_blocks, 1);
    }
    return block;
}

bool serve_is_impossible(size_t alignment_bytes, size_t request_bytes) {
    size_t overhead_bytes = LIBC_OVERHEAD_MAX_BYTES;
    return alignment_bytes > PTRDIFF_MAX - overhead_bytes ||
           request_bytes > PTRDIFF_MAX - overhead_bytes - alignment_bytes;
}

#ifdef ENTRY_IS_SMALL
void *serve_request(struct obmalloc_state *state, size_t alignment_bytes, size_t request_bytes) {
    if (serve_is_impossible(alignment_bytes, request_bytes)) {
        return serve_failure(state);
    }
    bool arena_comes_first = request_bytes <= POOLS_SMALL_BYTES_MAX || state->whole_region_is_arena;
    void *block = arena_comes_first ? NULL : serve_from_libc(state, alignment_bytes, request_bytes);
    if (block) {
        return block;
    }
    block = serve_from_arena(alignment_bytes, request_bytes);
    uint32_t *overflow_count = &state->overflow_large_to_arena;
    if (arena_comes_first) {
        if (block) {
            return block;
        }
        block = serve_from_libc(state, alignment_bytes, request_bytes);
        overflow_count = &state->overflow_small_to_libc;
    }
    if (!block) {
        return serve_failure(state);
    }
    serve_count(overflow_count, 1);
    return block;
}
#else
void *serve_after_arena(struct obmalloc_state *state, size_t alignment_bytes,
                        size_t request_bytes) {
    if (serve_is_impossible(alignment_bytes, request_bytes)) {
        return serve_failure(state);
    }
    void *block = serve_reclaimed(alignment_bytes, request_bytes);
    if (!block) {
        block = serve_from_libc(state, alignment_bytes, request_bytes);
        serve_count(&state->overflow_small_to_libc, block != NULL);
    }
    return block ? block : serve_failure(state);
}

void *serve_request(struct obmalloc_state *state, size_t alignment_bytes, size_t request_bytes) {
    if (serve_is_impossible(alignment_bytes, request_bytes)) {
        return serve_failure(state);
    }
    if (request_bytes <= POOLS_SMALL_BYTES_MAX || state->whole_region_is_arena) {
        void *block = memalign_locked(alignment_bytes, request_bytes);
        return block ? block : serve_after_arena(state, alignment_bytes, request_bytes);
    }
    void *block = serve_from_libc(state, alignment_bytes, request_bytes);
    if (!block) {
        block = serve_from_arena(alignment_bytes, request_bytes);
        serve_count(&state->overflow_large_to_arena, block != NULL);
    }
    return block ? block : serve_failure(state);
}
#endif
