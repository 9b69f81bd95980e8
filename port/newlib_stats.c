// SPDX-License-Identifier: MIT
/*
 * malloc_stats, and what shares a member with it in the library: defined together here, that member
 * is never drawn in. Apart from the other entry points, because it brings stdio along.
 */
#include <stdio.h>

#include "ledger.h"
#include "lock.h"
#include "private_libc.h"
#include "state.h"

#define ENTRY_POINT __attribute__((used, externally_visible))

/* The library's printf without floating point, which its headers declare to GNU dialects only. */
int fiprintf(FILE *stream, const char *format, ...);

void _malloc_stats_r(struct _reent *reent);

ENTRY_POINT void _malloc_stats_r(struct _reent *reent) {
    struct mallinfo info = _mallinfo_r(reent);
    size_t high_water_bytes =
        (size_t)(obmalloc_state.heap_break_high_water - (char *)obmalloc_state.region.start);
    if (obmalloc_arena_serves(&obmalloc_state)) {
        struct pools_statistics arena;
        obmalloc_lock_state before = obmalloc_lock();
        bool was_hidden = ledger_look(&obmalloc_state);
        pools_statistics(&obmalloc_heap, &arena);
        ledger_look_ended(was_hidden);
        obmalloc_unlock(before);
        high_water_bytes += arena.high_water_bytes;
    }
    FILE *out = _stderr_r(reent);
    fiprintf(out, "max system bytes = %10lu\n", (unsigned long)high_water_bytes);
    fiprintf(out, "system bytes     = %10lu\n", (unsigned long)info.arena);
    fiprintf(out, "in use bytes     = %10lu\n", (unsigned long)info.uordblks);
}

ENTRY_POINT void malloc_stats(void) {
    _malloc_stats_r(_REENT);
}

ENTRY_POINT struct mallinfo mallinfo(void) {
    return _mallinfo_r(_REENT);
}

ENTRY_POINT int mallopt(int parameter, int value) {
    return libc__mallopt_r(_REENT, parameter, value);
}
