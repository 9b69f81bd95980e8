// SPDX-License-Identifier: MIT
/* Giving back in the tiers paranoid and trap: what is verified when a block comes back, and when it leaves the quarantine. */
#include <errno.h>
#include <string.h>

#include "guard/block.h"
#include "guard/guard.h"
#include "guard/quarantine.h"
#include "guard/taking.h"
#include "libc_block.h"
#include "lock.h"
#include "misuse.h"
#include "private_libc.h"
#include "serve.h"

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

bool guard_empty_quarantine(bool all, const char *entry_point, const void *caller) {
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
    guard_empty_quarantine(false, entry_point, caller);
}

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
    if (is_live || kind == OBMALLOC_MISUSE_DOUBLE_FREE) {
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
    if (!guard_is_on(state) || !block || !is_ours(state, block)) {
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
    if (!guard_is_on(state) || !block || !is_ours(state, block)) {
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
    inner = pools_owns(&obmalloc_heap, inner) ? serve_realloc(&obmalloc_heap, inner, inner_bytes)
                                              : serve_libc_realloc(inner, inner_bytes);
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
    if (!guard_is_on(state) || !is_ours(state, block)) {
        return route_realloc(block, request_bytes, caller);
    }
    if (!claim(state, block, GUARD_LIVE, "realloc", caller)) {
        errno = EINVAL;
        return NULL;
    }
    struct guard_wish wish;
    uint32_t old_bytes = guard_header_of(block)->request_bytes;
    if (!guard_make_wish(POOLS_ALIGNMENT_BYTES, request_bytes == 0 ? 1 : request_bytes, caller,
                         &wish)) {
        return serve_failure(state);
    }
    if (fits_well(old_bytes, wish.request_bytes)) {
        return resize_here(block, wish.request_bytes, caller);
    }
    int errno_before = errno;
    void *moved = guard_take(state, POOLS_ALIGNMENT_BYTES, wish.request_bytes, caller);
    if (moved) {
        /* An overrun has been told: not once more, now that the block goes. */
        guard_write_tail(block, old_bytes);
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
