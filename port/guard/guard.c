// SPDX-License-Identifier: MIT
/* The entry points of the tiers paranoid and trap: under flag 1 every block of arena and C library gets guards. */
#include "guard/guard.h"

#include <errno.h>
#include <string.h>

#include "guard/block.h"
#include "guard/quarantine.h"
#include "heaps.h"
#include "ledger.h"
#include "libc_block.h"
#include "lock.h"
#include "misuse.h"
#include "private_libc.h"
#include "serve.h"

/* What a request becomes. */
struct wish {
    uint32_t request_bytes;
    uint32_t lead_bytes;
    uint32_t inner_bytes;
    size_t alignment_bytes;
    const void *caller;
};

/* Latches if nobody has. Returns true iff the pools serve: blocks have guards. The ledger ends here: it knows
 * nothing of them. */
static bool is_guarded(struct obmalloc_state *state) {
    if (state->mode <= OBMALLOC_NOTED) {
        obmalloc_latch();
        if (ledger_end) {
            ledger_end();
        }
    }
    return state->mode == OBMALLOC_POOLS_SERVE;
}

static bool make_wish(size_t alignment_bytes, size_t request_bytes, const void *caller,
                      struct wish *wish) {
    size_t lead_bytes =
        alignment_bytes > GUARD_LEAD_BYTES ? alignment_bytes : (size_t)GUARD_LEAD_BYTES;
    if (serve_is_impossible(lead_bytes, request_bytes) ||
        request_bytes > PTRDIFF_MAX - 4u * GUARD_LEAD_BYTES - lead_bytes) {
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

static void *dress(void *inner, const struct wish *wish) {
    void *block = (char *)inner + wish->lead_bytes;
    guard_seal(block, wish->lead_bytes, wish->request_bytes, wish->caller, GUARD_LIVE);
    guard_write_tail(block, wish->request_bytes);
    return block;
}

/* Whoever looks at the arena with the lock held sees no block that has no guards yet. */
static void *take_from_arena(const struct wish *wish) {
    obmalloc_lock_state before = obmalloc_lock();
    void *inner = pools_memalign(&obmalloc_heap, wish->alignment_bytes, wish->inner_bytes);
    void *block = inner ? dress(inner, wish) : NULL;
    obmalloc_unlock(before);
    return block;
}

/* ---- what is freed */

static void report_block(enum obmalloc_misuse_kind kind, const char *entry_point, const void *block,
                         const void *caller, const void *damage) {
    const struct guard_header *header = guard_header_of(block);
    bool was_freed = guard_is(block, GUARD_FREED) || guard_is(block, GUARD_BUSY);
    bool is_live = guard_is(block, GUARD_LIVE);
    struct obmalloc_misuse report = {
        .kind = kind,
        .entry_point = entry_point,
        .pointer = block,
        .caller = caller,
        .block_bytes = was_freed || is_live ? header->request_bytes : 0,
        .freed_by = was_freed ? header->caller : NULL,
        .allocated_by = is_live ? header->caller : NULL,
        .address = damage,
    };
    guard_report(&report);
}

static void give_to_arena(void *inner, const void *freed_by) {
    obmalloc_lock_state before = obmalloc_lock();
    pools_note_caller(&obmalloc_heap, freed_by);
    pools_free(&obmalloc_heap, inner);
    obmalloc_unlock(before);
}

/* A block has left the quarantine: is it as it was when it came? Where its header is damaged it is lost, because
 * nobody can tell where it begins. */
static void let_go(void *block, const char *entry_point, const void *caller) {
    const struct guard_header *header = guard_header_of(block);
    if (!guard_is(block, GUARD_FREED)) {
        report_block(OBMALLOC_MISUSE_AFTER_FREE, entry_point, block, caller, header);
        return;
    }
    const void *damage =
        guard_fill_damage(block, guard_extent_bytes(header->request_bytes), GUARD_DEAD);
    if (damage) {
        report_block(OBMALLOC_MISUSE_AFTER_FREE, entry_point, block, caller, damage);
    }
    give_to_arena(guard_inner_of(block), header->caller);
}

/* Lets all go that may not wait any longer. Returns true iff one went. */
static bool empty_quarantine(bool all, const char *entry_point, const void *caller) {
    bool one_went = false;
    for (;;) {
        obmalloc_lock_state before = obmalloc_lock();
        void *block = quarantine_leave(all);
        obmalloc_unlock(before);
        if (!block) {
            return one_went;
        }
        let_go(block, entry_point, caller);
        one_went = true;
    }
}

/* block: one that `claim` has made the caller's own. */
static void release(struct obmalloc_state *state, void *block, const char *entry_point,
                    const void *caller) {
    const struct guard_header *header = guard_header_of(block);
    uint32_t extent_bytes = guard_extent_bytes(header->request_bytes);
    void *inner = guard_inner_of(block);
    guard_fill(block, extent_bytes, GUARD_DEAD);
    bool waits = false;
    obmalloc_lock_state before = obmalloc_lock();
    guard_seal(block, header->lead_bytes, header->request_bytes, caller, GUARD_FREED);
    if (!pools_owns(&obmalloc_heap, inner)) {
        libc_free(inner);
        state->libc_used_blocks--;
        waits = true;
    } else {
        waits = quarantine_add(block, header->lead_bytes + extent_bytes);
    }
    obmalloc_unlock(before);
    if (!waits) {
        give_to_arena(inner, caller);
    }
    empty_quarantine(false, entry_point, caller);
}

/* ---- what is taken */

static void *arena_block(const struct wish *wish) {
    void *block = take_from_arena(wish);
    if (!block && empty_quarantine(true, "malloc", wish->caller)) {
        block = take_from_arena(wish);
    }
    if (!block) {
        serve_reclaim();
        block = take_from_arena(wish);
    }
    return block;
}

static void *libc_block(struct obmalloc_state *state, const struct wish *wish) {
    void *inner = serve_from_libc(state, wish->alignment_bytes, wish->inner_bytes);
    return inner ? dress(inner, wish) : NULL;
}

/* As serve_request, of which allocator comes first. */
static void *find(struct obmalloc_state *state, const struct wish *wish) {
    bool arena_first = wish->request_bytes <= POOLS_SMALL_BYTES_MAX || state->whole_region_is_arena;
    void *block = arena_first ? arena_block(wish) : libc_block(state, wish);
    if (!block) {
        block = arena_first ? libc_block(state, wish) : arena_block(wish);
        serve_count(arena_first ? &state->overflow_small_to_libc : &state->overflow_large_to_arena,
                    block != NULL);
    }
    return block;
}

/* Returns NULL, and counts nothing, iff there is no memory. */
static void *take(struct obmalloc_state *state, size_t alignment_bytes, size_t request_bytes,
                  const void *caller) {
    struct wish wish;
    if (!make_wish(alignment_bytes, request_bytes, caller, &wish)) {
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
    if (!is_guarded(state)) {
        return route_malloc(request_bytes, caller);
    }
    void *block = take(state, POOLS_ALIGNMENT_BYTES, request_bytes, caller);
    return block ? block : serve_failure(state);
}

void *guard_calloc(size_t element_count, size_t element_bytes, const void *caller) {
    struct obmalloc_state *state = &obmalloc_state;
    size_t request_bytes;
    if (!is_guarded(state)) {
        return route_calloc(element_count, element_bytes, caller);
    }
    if (__builtin_mul_overflow(element_count, element_bytes, &request_bytes)) {
        return serve_failure(state);
    }
    void *block = take(state, POOLS_ALIGNMENT_BYTES, request_bytes, caller);
    return block ? memset(block, 0, request_bytes) : serve_failure(state);
}

static void *aligned(size_t alignment_bytes, size_t request_bytes, const void *caller) {
    struct obmalloc_state *state = &obmalloc_state;
    if (!route_is_power_of_two(alignment_bytes)) {
        errno = EINVAL;
        return NULL;
    }
    void *block = take(state, alignment_bytes, request_bytes, caller);
    return block ? block : serve_failure(state);
}

void *guard_memalign(size_t alignment_bytes, size_t request_bytes, const void *caller) {
    return is_guarded(&obmalloc_state) ? aligned(alignment_bytes, request_bytes, caller)
                                       : route_memalign(alignment_bytes, request_bytes, caller);
}

void *guard_aligned_alloc(size_t alignment_bytes, size_t request_bytes, const void *caller) {
    return is_guarded(&obmalloc_state)
               ? aligned(alignment_bytes, request_bytes, caller)
               : route_aligned_alloc(alignment_bytes, request_bytes, caller);
}

#if ENTRY_LIBC_IS_REENTRANT
enum { PAGE_BYTES = 4096 }; /* newlib's */

void *guard_valloc(size_t request_bytes, const void *caller) {
    return is_guarded(&obmalloc_state) ? aligned(PAGE_BYTES, request_bytes, caller)
                                       : route_valloc(request_bytes, caller);
}

void *guard_pvalloc(size_t request_bytes, const void *caller) {
    if (!is_guarded(&obmalloc_state)) {
        return route_pvalloc(request_bytes, caller);
    }
    if (request_bytes > PTRDIFF_MAX) {
        return serve_failure(&obmalloc_state);
    }
    size_t rounded_bytes = (request_bytes + PAGE_BYTES - 1) & ~(size_t)(PAGE_BYTES - 1);
    return aligned(PAGE_BYTES, rounded_bytes, caller);
}
#endif

/* ---- what comes back */

/* Whether the address is where blocks with guards are: in the arena, or in the C library's heap. */
static bool is_ours(const struct obmalloc_state *state, const void *block) {
    uintptr_t address = (uintptr_t)block;
    uintptr_t start = (uintptr_t)state->region.start;
    return pools_owns(&obmalloc_heap, block) ||
           address - start < (uintptr_t)state->heap_break - start;
}

/* What is wrong with a pointer before which no header of a live block lies. Lock. */
static enum obmalloc_misuse_kind kind_of(const struct obmalloc_state *state, const void *block) {
    if ((uintptr_t)block % POOLS_ALIGNMENT_BYTES != 0) {
        return OBMALLOC_MISUSE_MISALIGNED;
    }
    if (guard_is(block, GUARD_FREED) || guard_is(block, GUARD_BUSY)) {
        return OBMALLOC_MISUSE_DOUBLE_FREE;
    }
    const void *inner = (const char *)block - GUARD_LEAD_BYTES;
    size_t inner_bytes;
    enum pools_status status =
        pools_owns(&obmalloc_heap, inner) ? pools_block_bytes(&obmalloc_heap, inner, &inner_bytes)
        : inner < state->region.start
            ? POOLS_NOT_A_BLOCK
            : libc_block_status(inner, state->region.start, state->heap_break);
    /* Of the C library's heap the inner block alone does not say that it is one. */
    if (status == POOLS_OK &&
        (pools_owns(&obmalloc_heap, inner) || *(const uint32_t *)inner == GUARD_LEAD_BYTES)) {
        return OBMALLOC_MISUSE_UNDERRUN; /* a block, whose header has been written to */
    }
    return misuse_kind_of(status == POOLS_OK ? POOLS_NOT_A_BLOCK : status);
}

/* Returns true iff a live block is there, and makes it the caller's own: of two frees one gets it. Otherwise
 * the misuse has been reported. */
static bool claim(struct obmalloc_state *state, void *block, enum guard_state becomes,
                  const char *entry_point, const void *caller) {
    obmalloc_lock_state before = obmalloc_lock();
    struct guard_header *header = guard_header_of(block);
    bool is_live = (uintptr_t)block % POOLS_ALIGNMENT_BYTES == 0 && guard_is(block, GUARD_LIVE);
    enum obmalloc_misuse_kind kind = is_live ? OBMALLOC_MISUSE_KIND_COUNT : kind_of(state, block);
    const void *damage = is_live ? guard_tail_damage(block) : NULL;
    struct obmalloc_misuse report = {
        .kind = is_live ? OBMALLOC_MISUSE_OVERRUN : kind,
        .entry_point = entry_point,
        .pointer = block,
        .caller = caller,
        .address = kind == OBMALLOC_MISUSE_UNDERRUN ? header : damage,
    };
    if (is_live || (kind == OBMALLOC_MISUSE_DOUBLE_FREE && !guard_is(block, GUARD_LIVE))) {
        bool knows = is_live || guard_is(block, GUARD_FREED) || guard_is(block, GUARD_BUSY);
        report.block_bytes = knows ? header->request_bytes : 0;
        report.allocated_by = is_live ? header->caller : NULL;
        report.freed_by =
            is_live ? NULL
            : knows ? header->caller
                    : pools_freed_by(&obmalloc_heap, (const char *)block - GUARD_LEAD_BYTES);
    }
    if (is_live && becomes != GUARD_LIVE) {
        guard_seal(block, header->lead_bytes, header->request_bytes, caller, becomes);
    }
    obmalloc_unlock(before);
    if (!is_live || damage) {
        guard_report(&report);
    }
    return is_live;
}

bool guard_knows(const void *block, enum pools_status *status, size_t *usable_bytes) {
    const struct obmalloc_state *state = &obmalloc_state;
    if (state->mode != OBMALLOC_POOLS_SERVE || !is_ours(state, block)) {
        return false;
    }
    *status = POOLS_NOT_A_BLOCK;
    if ((uintptr_t)block % POOLS_ALIGNMENT_BYTES != 0) {
        *status = POOLS_MISALIGNED;
    } else if (guard_is(block, GUARD_LIVE)) {
        *status = POOLS_OK;
        *usable_bytes = guard_header_of(block)->request_bytes;
    } else if (guard_is(block, GUARD_FREED) || guard_is(block, GUARD_BUSY)) {
        *status = POOLS_DOUBLE_FREE;
    }
    return true;
}

void guard_free(void *block, const void *caller) {
    struct obmalloc_state *state = &obmalloc_state;
    if (!is_guarded(state) || !block || !is_ours(state, block)) {
        route_free(block, caller);
        return;
    }
    if (claim(state, block, GUARD_BUSY, "free", caller)) {
        release(state, block, "free", caller);
    }
    guard_tell_damage(&obmalloc_heap, "free", caller);
}

size_t guard_usable_bytes(void *block, const void *caller) {
    struct obmalloc_state *state = &obmalloc_state;
    if (!is_guarded(state) || !block || !is_ours(state, block)) {
        return route_usable_bytes(block, caller);
    }
    return claim(state, block, GUARD_LIVE, "malloc_usable_size", caller)
               ? guard_header_of(block)->request_bytes
               : 0;
}

/* The same block for another request, which its inner one must hold. */
static void *resize_here(void *block, uint32_t request_bytes, const void *caller) {
    const struct guard_header *header = guard_header_of(block);
    uint32_t old_bytes = header->request_bytes;
    obmalloc_lock_state before = obmalloc_lock();
    guard_seal(block, header->lead_bytes, request_bytes, caller, GUARD_LIVE);
    guard_write_tail(block, request_bytes);
    obmalloc_unlock(before);
    for (uint32_t at = old_bytes; at < request_bytes; at++) {
        ((uint8_t *)block)[at] = GUARD_CLEAN;
    }
    return block;
}

/* Its inner one resized, where there is no room for both: not seen by those who still use the old one. */
static void *resize_inner(struct obmalloc_state *state, void *block, uint32_t request_bytes,
                          const void *caller) {
    const struct guard_header *header = guard_header_of(block);
    if (header->lead_bytes != GUARD_LEAD_BYTES || GUARD_STEP_BYTES > POOLS_ALIGNMENT_BYTES) {
        return NULL;
    }
    uint32_t inner_bytes = GUARD_LEAD_BYTES + guard_extent_bytes(request_bytes);
    void *inner = guard_inner_of(block);
    inner = pools_owns(&obmalloc_heap, inner) ? serve_realloc(inner, inner_bytes)
                                              : libc_realloc(inner, inner_bytes);
    (void)state;
    return inner ? resize_here((char *)inner + GUARD_LEAD_BYTES, request_bytes, caller) : NULL;
}

static bool fits_well(uint32_t old_bytes, uint32_t request_bytes) {
    return guard_extent_bytes(request_bytes) <= guard_extent_bytes(old_bytes) &&
           pools_wastes_little(request_bytes, guard_extent_bytes(old_bytes));
}

void *guard_realloc(void *block, size_t request_bytes, const void *caller) {
    struct obmalloc_state *state = &obmalloc_state;
    if (!block) {
        return guard_malloc(request_bytes, caller);
    }
    if (!is_guarded(state) || !is_ours(state, block)) {
        return route_realloc(block, request_bytes, caller);
    }
    if (!claim(state, block, GUARD_LIVE, "realloc", caller)) {
        errno = EINVAL;
        return NULL;
    }
    struct wish wish;
    uint32_t old_bytes = guard_header_of(block)->request_bytes;
    if (!make_wish(POOLS_ALIGNMENT_BYTES, request_bytes == 0 ? 1 : request_bytes, caller, &wish)) {
        return serve_failure(state);
    }
    if (fits_well(old_bytes, wish.request_bytes)) {
        return resize_here(block, wish.request_bytes, caller);
    }
    int errno_before = errno;
    void *moved = take(state, POOLS_ALIGNMENT_BYTES, wish.request_bytes, caller);
    if (moved) {
        memcpy(moved, block, old_bytes < wish.request_bytes ? old_bytes : wish.request_bytes);
        if (claim(state, block, GUARD_BUSY, "realloc", caller)) {
            release(state, block, "realloc", caller);
        }
        return moved;
    }
    if (wish.request_bytes <= old_bytes) {
        return resize_here(block, wish.request_bytes, caller); /* shrinking never fails */
    }
    moved = resize_inner(state, block, wish.request_bytes, caller);
    if (!moved) {
        return serve_failure(state);
    }
    errno = errno_before;
    return moved;
}
