// SPDX-License-Identifier: MIT
/* The library's account of itself: both allocators' sums under flag 1, its own alone under
 * flag 0. */
#include "guard/guard.h"
#include "ledger.h"
#include "lock.h"
#include "private_libc.h"
#include "state.h"

#define ENTRY_POINT __attribute__((used, externally_visible))

static struct mallinfo with_arena(struct mallinfo info) {
    obmalloc_lock_state before = obmalloc_lock();
    bool was_hidden = ledger_look(&obmalloc_state);
    if (obmalloc_state.mode == OBMALLOC_POOLS_SERVE) {
        struct pools_statistics arena;
        pools_statistics(&obmalloc_heap, &arena);
        guard_statistics(&arena);
        size_t used_bytes = arena.small_used_bytes + arena.large_used_bytes;
        info.arena += arena.region_bytes;
        info.uordblks += used_bytes;
        info.fordblks += arena.region_bytes - used_bytes;
    }
    ledger_look_ended(was_hidden);
    obmalloc_unlock(before);
    return info;
}

#if ENTRY_LIBC_IS_REENTRANT
ENTRY_POINT struct mallinfo _mallinfo_r(struct _reent *reent) {
    return with_arena(libc__mallinfo_r(reent));
}
#else
ENTRY_POINT struct mallinfo mallinfo(void) {
    return with_arena(libc_mallinfo());
}
#endif
