// SPDX-License-Identifier: MIT
#include "route.h"

#include <errno.h>
#include <string.h>

#include "bulk.h"
#include "guard/guard.h"
#include "ledger.h"
#include "private_libc.h"
#include "serve.h"

#ifdef __OPTIMIZE_SIZE__
__attribute__((noinline)) bool ledger_is_to_note(const struct obmalloc_state *state) {
    if (state->mode <= OBMALLOC_NOTED && !ledger_call) {
        obmalloc_latch();
    }
    return state->mode <= OBMALLOC_NOTED;
}
#endif

void *route_malloc(size_t request_bytes, const void *caller) {
    struct obmalloc_state *state = &obmalloc_state;
    if (ledger_is_to_note(state)) {
        return (void *)ledger_call(LEDGER_MALLOC, request_bytes, 0, caller);
    }
    if (guard_is_lost("malloc", NULL, caller)) {
        return serve_failure(state);
    }
    if (state->mode != OBMALLOC_POOLS_SERVE) {
        return libc_malloc(request_bytes);
    }
    return serve_request(state, POOLS_ALIGNMENT_BYTES, request_bytes);
}

#ifndef ENTRY_IS_SMALL
void *route_malloc_failed(size_t request_bytes, const void *caller) {
    struct obmalloc_state *state = &obmalloc_state;
    if (state->mode != OBMALLOC_POOLS_SERVE) {
        return route_malloc(request_bytes, caller);
    }
    if (guard_is_lost("malloc", NULL, caller)) {
        return serve_failure(state);
    }
    return serve_after_arena(state, POOLS_ALIGNMENT_BYTES, request_bytes);
}
#endif

void *route_calloc(size_t element_count, size_t element_bytes, const void *caller) {
    struct obmalloc_state *state = &obmalloc_state;
    if (ledger_is_to_note(state)) {
        return (void *)ledger_call(LEDGER_CALLOC, element_count, element_bytes, caller);
    }
    if (guard_is_lost("calloc", NULL, caller)) {
        return serve_failure(state);
    }
    if (state->mode != OBMALLOC_POOLS_SERVE) {
        return libc_calloc(element_count, element_bytes);
    }
    size_t request_bytes;
    if (__builtin_mul_overflow(element_count, element_bytes, &request_bytes)) {
        return serve_failure(state);
    }
    void *block = serve_request(state, POOLS_ALIGNMENT_BYTES, request_bytes);
#ifdef ENTRY_IS_SMALL
    return block ? bulk_clear(block, (uint32_t)request_bytes + 3u) : NULL;
#else
    return block ? memset(block, 0, request_bytes) : NULL;
#endif
}

static void *checked_memalign(size_t alignment_bytes, size_t request_bytes) {
    if (!route_is_power_of_two(alignment_bytes)) {
        errno = EINVAL;
        return NULL;
    }
    return serve_request(&obmalloc_state, alignment_bytes, request_bytes);
}

void *route_memalign(size_t alignment_bytes, size_t request_bytes, const void *caller) {
    struct obmalloc_state *state = &obmalloc_state;
    if (ledger_is_to_note(state)) {
        return (void *)ledger_call(LEDGER_MEMALIGN, alignment_bytes, request_bytes, caller);
    }
    if (guard_is_lost("memalign", NULL, caller)) {
        return serve_failure(state);
    }
    if (state->mode != OBMALLOC_POOLS_SERVE) {
        return libc_memalign(alignment_bytes, request_bytes);
    }
    return checked_memalign(alignment_bytes, request_bytes);
}

void *route_aligned_alloc(size_t alignment_bytes, size_t request_bytes, const void *caller) {
    struct obmalloc_state *state = &obmalloc_state;
    if (ledger_is_to_note(state)) {
        return (void *)ledger_call(LEDGER_ALIGNED_ALLOC, alignment_bytes, request_bytes, caller);
    }
    if (guard_is_lost("aligned_alloc", NULL, caller)) {
        return serve_failure(state);
    }
    if (state->mode == OBMALLOC_POOLS_SERVE) {
        return checked_memalign(alignment_bytes, request_bytes);
    }
    if (!route_is_power_of_two(alignment_bytes)) {
        errno = EINVAL;
        return NULL;
    }
    if (serve_is_impossible(alignment_bytes, request_bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return libc_memalign(alignment_bytes, request_bytes);
}

#if ENTRY_LIBC_IS_REENTRANT
void *route_valloc(size_t request_bytes, const void *caller) {
    struct obmalloc_state *state = &obmalloc_state;
    if (ledger_is_to_note(state)) {
        return (void *)ledger_call(LEDGER_VALLOC, request_bytes, 0, caller);
    }
    if (guard_is_lost("valloc", NULL, caller)) {
        return serve_failure(state);
    }
    if (state->mode != OBMALLOC_POOLS_SERVE) {
        return libc__valloc_r(_REENT, request_bytes);
    }
    return serve_request(state, ROUTE_PAGE_BYTES, request_bytes);
}

void *route_pvalloc(size_t request_bytes, const void *caller) {
    struct obmalloc_state *state = &obmalloc_state;
    if (ledger_is_to_note(state)) {
        return (void *)ledger_call(LEDGER_PVALLOC, request_bytes, 0, caller);
    }
    if (guard_is_lost("pvalloc", NULL, caller)) {
        return serve_failure(state);
    }
    if (state->mode != OBMALLOC_POOLS_SERVE) {
        return libc__pvalloc_r(_REENT, request_bytes);
    }
    if (request_bytes > PTRDIFF_MAX) {
        return serve_failure(state);
    }
    size_t rounded_bytes = (request_bytes + ROUTE_PAGE_BYTES - 1) & ~(size_t)(ROUTE_PAGE_BYTES - 1);
    return serve_request(state, ROUTE_PAGE_BYTES, rounded_bytes);
}
#endif
