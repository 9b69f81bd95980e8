// SPDX-License-Identifier: MIT
/* mallinfo() and malloc_stats(): both allocators' sums under flag 1, the library's alone under flag
 * 0. */
#include <stdio.h>

#include "private_libc.h"
#include "state.h"

/* The library's printf without floating point, which its headers declare to GNU dialects only. */
int fiprintf(FILE *stream, const char *format, ...);

#define ENTRY_POINT __attribute__((used, externally_visible))

ENTRY_POINT struct mallinfo _mallinfo_r(struct _reent *reent) {
    struct mallinfo info = libc__mallinfo_r(reent);
    if (obmalloc_state.mode == OBMALLOC_POOLS_SERVE) {
        struct pools_statistics arena;
        pools_statistics(&obmalloc_heap, &arena);
        size_t used_bytes = arena.pool_used_bytes + arena.single_used_bytes;
        info.arena += arena.region_bytes;
        info.uordblks += used_bytes;
        info.fordblks += arena.region_bytes - used_bytes;
    }
    return info;
}

ENTRY_POINT void _malloc_stats_r(struct _reent *reent) {
    struct mallinfo info = _mallinfo_r(reent);
    size_t high_water_bytes =
        (size_t)(obmalloc_state.heap_break_high_water - (char *)obmalloc_state.region.start);
    if (obmalloc_state.mode == OBMALLOC_POOLS_SERVE) {
        struct pools_statistics arena;
        pools_statistics(&obmalloc_heap, &arena);
        high_water_bytes += arena.high_water_bytes;
    }
    fiprintf(_stderr_r(reent), "max system bytes = %10lu\n", (unsigned long)high_water_bytes);
    fiprintf(_stderr_r(reent), "system bytes     = %10lu\n", (unsigned long)info.arena);
    fiprintf(_stderr_r(reent), "in use bytes     = %10lu\n", (unsigned long)info.uordblks);
}
