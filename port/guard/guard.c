// SPDX-License-Identifier: MIT
/* Taking in the tiers paranoid and trap: under flag 1 every block of arena and C library gets guards. */
#include "guard/guard.h"

#include <errno.h>
#include <string.h>

#include "guard/block.h"
#include "guard/taking.h"
#include "ledger.h"
#include "lock.h"
#include "serve.h"

bool guard_is_on(struct obmalloc_state *state) {
    if (state->mode <= OBMALLOC_NOTED) {
        obmalloc_latch();
        if (ledger_end) {
            ledger_end();
        }
    }
    return state->mode == OBMALLOC_POOLS_SERVE;
}

bool guard_make_wish(size_t alignment_bytes, size_t request_bytes, const void *caller,
                     struct guard_wish *wish) {
    size_t lead_bytes =
        alignment_bytes > GUARD_LEAD_BYTES ? alignment_bytes : (size_t)GUARD_LEAD_BYTES;
    if (serve_is_impossible(lead_bytes + 4u * GUARD_LEAD_BYTES, request_bytes)) {
        return false;
    }
    wish->request_bytes = (uint32_t)request_bytes;
    wish->lead_bytes = (uint32_t)lead_bytes;
    wish->inner_bytes = (uint32_t)lead_bytes + guard_extent_bytes((uint32_t)request_bytes);
    wish->alignment_bytes =
        alignment_bytes > GUARD_STEP_BYTES ? alignment_bytes : (size_t)GUARD_STEP_BYTES;
    wish->caller = caller;
    return true;
}

static void *dress(void *inner, const struct guard_wish *wish) {
    void *block = (char *)inner + wish->lead_bytes;
    guard_seal(block, wish->lead_bytes, wish->request_bytes, wish->caller, GUARD_LIVE);
    guard_write_tail(block, wish->request_bytes);
    return block;
}

/* Whoever looks at the arena with the lock held sees no block that has no guards yet. */
static void *take_from_arena(const struct guard_wish *wish) {
    obmalloc_lock_state before = obmalloc_lock();
    void *inner = pools_memalign(&obmalloc_heap, wish->alignment_bytes, wish->inner_bytes);
    void *block = inner ? dress(inner, wish) : NULL;
    obmalloc_unlock(before);
    return block;
}

static void *arena_block(const struct guard_wish *wish) {
    void *block = take_from_arena(wish);
    if (!block && guard_empty_quarantine(true, "malloc", wish->caller)) {
        block = take_from_arena(wish);
    }
    if (!block) {
        serve_reclaim(&obmalloc_heap);
        block = take_from_arena(wish);
    }
    return block;
}

static void *libc_block(struct obmalloc_state *state, const struct guard_wish *wish) {
    void *inner = serve_from_libc(state, wish->alignment_bytes, wish->inner_bytes);
    return inner ? dress(inner, wish) : NULL;
}

/* As serve_request, of which allocator comes first. */
static void *find(struct obmalloc_state *state, const struct guard_wish *wish) {
    bool arena_first = wish->request_bytes <= POOLS_SMALL_BYTES_MAX || state->whole_region_is_arena;
    void *block = arena_first ? arena_block(wish) : libc_block(state, wish);
    if (!block) {
        block = arena_first ? libc_block(state, wish) : arena_block(wish);
        serve_count(arena_first ? &state->overflow_small_to_libc : &state->overflow_large_to_arena,
                    block != NULL);
    }
    return block;
}

void *guard_take(struct obmalloc_state *state, size_t alignment_bytes, size_t request_bytes,
                 const void *caller) {
    struct guard_wish wish;
    if (!guard_make_wish(alignment_bytes, request_bytes, caller, &wish)) {
        return NULL;
    }
    void *block = find(state, &wish);
    if (block) {
        guard_fill(block, (wish.request_bytes & ~3u), GUARD_CLEAN);
        for (uint32_t at = wish.request_bytes & ~3u; at < wish.request_bytes; at++) {
            ((uint8_t *)block)[at] = GUARD_CLEAN;
        }
    }
    guard_tell_damage(&obmalloc_heap, "malloc", caller);
    return block;
}

void *guard_malloc(size_t request_bytes, const void *caller) {
    struct obmalloc_state *state = &obmalloc_state;
    if (!guard_is_on(state)) {
        return route_malloc(request_bytes, caller);
    }
    void *block = guard_take(state, POOLS_ALIGNMENT_BYTES, request_bytes, caller);
    return block ? block : serve_failure(state);
}

void *guard_calloc(size_t element_count, size_t element_bytes, const void *caller) {
    struct obmalloc_state *state = &obmalloc_state;
    size_t request_bytes;
    if (!guard_is_on(state)) {
        return route_calloc(element_count, element_bytes, caller);
    }
    if (__builtin_mul_overflow(element_count, element_bytes, &request_bytes)) {
        return serve_failure(state);
    }
    void *block = guard_take(state, POOLS_ALIGNMENT_BYTES, request_bytes, caller);
    return block ? memset(block, 0, request_bytes) : serve_failure(state);
}

static void *aligned(size_t alignment_bytes, size_t request_bytes, const void *caller) {
    struct obmalloc_state *state = &obmalloc_state;
    if (!route_is_power_of_two(alignment_bytes)) {
        errno = EINVAL;
        return NULL;
    }
    void *block = guard_take(state, alignment_bytes, request_bytes, caller);
    return block ? block : serve_failure(state);
}

void *guard_memalign(size_t alignment_bytes, size_t request_bytes, const void *caller) {
    return guard_is_on(&obmalloc_state) ? aligned(alignment_bytes, request_bytes, caller)
                                        : route_memalign(alignment_bytes, request_bytes, caller);
}

void *guard_aligned_alloc(size_t alignment_bytes, size_t request_bytes, const void *caller) {
    return guard_is_on(&obmalloc_state)
               ? aligned(alignment_bytes, request_bytes, caller)
               : route_aligned_alloc(alignment_bytes, request_bytes, caller);
}

#if ENTRY_LIBC_IS_REENTRANT
enum { PAGE_BYTES = 4096 }; /* newlib's */

void *guard_valloc(size_t request_bytes, const void *caller) {
    return guard_is_on(&obmalloc_state) ? aligned(PAGE_BYTES, request_bytes, caller)
                                        : route_valloc(request_bytes, caller);
}

void *guard_pvalloc(size_t request_bytes, const void *caller) {
    if (!guard_is_on(&obmalloc_state)) {
        return route_pvalloc(request_bytes, caller);
    }
    if (request_bytes > PTRDIFF_MAX) {
        return serve_failure(&obmalloc_state);
    }
    size_t rounded_bytes = (request_bytes + PAGE_BYTES - 1) & ~(size_t)(PAGE_BYTES - 1);
    return aligned(PAGE_BYTES, rounded_bytes, caller);
}
#endif
