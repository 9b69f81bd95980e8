// SPDX-License-Identifier: MIT
/*
 * What picolibc has beside the entry points of entry.c. There is no reentrant layer: the library
 * allocates for itself (strdup, asprintf, fdopen, setenv, regcomp, C++ emergency pools) by the same
 * names as the firmware. valloc, pvalloc, reallocarray, reallocf and malloc_stats stay the library's
 * own, because they are made of these names and share no member with its allocator.
 *
 * The library locks around its own allocator with __retarget_lock_acquire_recursive on its one lock,
 * which does nothing unless the firmware brings a lock. The private copy goes on to do so.
 */
#include "private_libc.h"
#include "route.h"
#include "state.h"

#define ENTRY_POINT __attribute__((used, externally_visible))

ENTRY_POINT void cfree(void *block) {
    if (obmalloc_heap.base == OBMALLOC_BASE_LIBC_SERVES) {
        libc_free(block);
    } else {
        route_free(block, __builtin_return_address(0));
    }
}

/* The library's account of itself: both allocators' sums under flag 1, its own alone under flag 0.
 * Without a heap it takes its size for SIZE_MAX. */
ENTRY_POINT struct mallinfo mallinfo(void) {
    struct obmalloc_state *state = &obmalloc_state;
    if (state->mode != OBMALLOC_POOLS_SERVE) {
        return libc_mallinfo();
    }
    struct mallinfo info = {0};
    if (state->heap_break_high_water != state->region.start) {
        info = libc_mallinfo();
    }
    struct pools_statistics arena;
    pools_statistics(&obmalloc_heap, &arena);
    size_t used_bytes = arena.small_used_bytes + arena.large_used_bytes;
    info.arena += arena.region_bytes;
    info.uordblks += used_bytes;
    info.fordblks += arena.region_bytes - used_bytes;
    return info;
}
