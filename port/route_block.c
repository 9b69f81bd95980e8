// SPDX-License-Identifier: MIT
/* Pointers that come back: whose they are is told by their address alone. */
#include <errno.h>
#include <string.h>

#include "guard/guard.h"
#include "heaps.h"
#include "ledger.h"
#include "libc_block.h"
#include "misuse.h"
#include "private_libc.h"
#include "route.h"
#include "serve.h"

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

/* What is not the main heap's, or, under flag 0, not the C library's: a block of another heap? */
static enum pools_status free_elsewhere(const struct obmalloc_state *state, void *block) {
    struct obmalloc_heap *heap = heaps_holding(state, block);
    return heap ? heaps_free(heap, block) : POOLS_NOT_OWNED;
}

/* Under flag 1. */
static enum pools_status free_of_any(struct obmalloc_state *state, void *block) {
    if (!seal_holds_here(&obmalloc_heap)) {
        return POOLS_CORRUPT; /* nobody can tell whose it is */
    }
    if (pools_owns(&obmalloc_heap, block)) {
        return pools_free(&obmalloc_heap, block);
    }
    enum pools_status status = libc_status(state, block);
    if (status == POOLS_OK) {
        libc_free(block);
        state->libc_used_blocks--;
    }
    return status == POOLS_NOT_OWNED ? free_elsewhere(state, block) : status;
}

void route_free(void *block, const void *caller) {
    struct obmalloc_state *state = &obmalloc_state;
    if (ledger_is_to_note(state)) {
        (void)ledger_call(LEDGER_FREE, (uintptr_t)block, 0, caller);
        return;
    }
    if (guard_is_lost("free", block, caller)) {
        return;
    }
    bool pools_serve = state->mode == OBMALLOC_POOLS_SERVE;
    if (!pools_serve && !heaps_holding(state, block)) {
        libc_free(block);
        return;
    }
    if (!block) {
        return;
    }
    obmalloc_lock_state before = obmalloc_lock();
    pools_note_caller(&obmalloc_heap, caller);
    enum pools_status status =
        pools_serve ? free_of_any(state, block) : free_elsewhere(state, block);
    obmalloc_unlock(before);
    if (status != POOLS_OK) {
        obmalloc_report_misuse(misuse_kind_of(status), "free", block, caller);
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
    void *result = serve_realloc(&obmalloc_heap, block, request_bytes);
    if (!result) {
        serve_reclaim(&obmalloc_heap);
        result = serve_realloc(&obmalloc_heap, block, request_bytes);
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
        serve_free(&obmalloc_heap, block);
    } else if (large_wants_libc) {
        result = realloc_reclaimed(block, request_bytes);
        serve_count(&state->overflow_large_to_arena, result != NULL);
    }
    return result ? result : serve_failure(state);
}

/* A libc block stays libc's while libc has room, also when it shrinks below 512 bytes. */
static void *realloc_in_libc(struct obmalloc_state *state, void *block, size_t request_bytes) {
    void *result = serve_libc_realloc(block, request_bytes);
    if (result) {
        return result;
    }
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

/* Where a block lives that is not the C library's to answer for. */
struct home {
    struct obmalloc_heap *heap; /* NULL: arena or C library */
    enum pools_status status;   /* POOLS_OK iff a live block starts there */
    size_t usable_bytes;        /* unless the C library serves it */
    bool in_arena;
};

static struct home home_of(const struct obmalloc_state *state, const void *block) {
    struct home home = {.in_arena = pools_owns(&obmalloc_heap, block)};
    obmalloc_lock_state before = obmalloc_lock();
    if (!seal_holds_here(&obmalloc_heap)) {
        home.status = POOLS_CORRUPT;
    } else if (home.in_arena) {
        home.status = pools_block_bytes(&obmalloc_heap, block, &home.usable_bytes);
    } else {
        home.status = libc_status(state, block);
        home.heap = home.status == POOLS_NOT_OWNED ? heaps_holding(state, block) : NULL;
    }
    if (home.heap) {
        home.status = pools_block_bytes(&home.heap->pools, block, &home.usable_bytes);
    }
    obmalloc_unlock(before);
    return home;
}

void *route_realloc(void *block, size_t request_bytes, const void *caller) {
    struct obmalloc_state *state = &obmalloc_state;
    if (ledger_is_to_note(state)) {
        return (void *)ledger_call(LEDGER_REALLOC, (uintptr_t)block, request_bytes, caller);
    }
    if (guard_is_lost("realloc", block, caller)) {
        return serve_failure(state);
    }
    if (state->mode != OBMALLOC_POOLS_SERVE && !heaps_holding(state, block)) {
        return libc_realloc(block, request_bytes);
    }
    if (!block) {
        return serve_request(state, POOLS_ALIGNMENT_BYTES, request_bytes);
    }
    struct home home = home_of(state, block);
    if (home.status != POOLS_OK) {
        obmalloc_report_misuse(misuse_kind_of(home.status), "realloc", block, caller);
        errno = EINVAL;
        return NULL;
    }
    if (home.heap) {
        return heaps_realloc(home.heap, block, request_bytes);
    }
    if (serve_is_impossible(POOLS_ALIGNMENT_BYTES, request_bytes)) {
        return serve_failure(state);
    }
    if (request_bytes == 0) {
        request_bytes = 1; /* nano's realloc(p, 0) frees, newlib's does not: one rule for both */
    }
    return home.in_arena ? realloc_in_arena(state, block, home.usable_bytes, request_bytes)
                         : realloc_in_libc(state, block, request_bytes);
}

size_t route_usable_bytes(void *block, const void *caller) {
    struct obmalloc_state *state = &obmalloc_state;
    if (ledger_is_to_note(state)) {
        return ledger_call(LEDGER_USABLE_SIZE, (uintptr_t)block, 0, caller);
    }
    if (guard_is_lost("malloc_usable_size", block, caller)) {
        return 0;
    }
    if (state->mode != OBMALLOC_POOLS_SERVE && !heaps_holding(state, block)) {
        return libc_malloc_usable_size(block);
    }
    if (!block) {
        return 0;
    }
    struct home home = home_of(state, block);
    if (home.status != POOLS_OK) {
        obmalloc_report_misuse(misuse_kind_of(home.status), "malloc_usable_size", block, caller);
        return 0;
    }
    return home.in_arena || home.heap ? home.usable_bytes : libc_malloc_usable_size(block);
}
