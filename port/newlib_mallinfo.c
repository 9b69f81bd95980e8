// SPDX-License-Identifier: MIT
/* The library's account of itself: both allocators' sums under flag 1, its own alone under
 * flag 0. */
#include "lock.h"
#include "private_libc.h"
#include "state.h"

__attribute__((used, externally_visible)) struct mallinfo _mallinfo_r(struct _reent *reent) {
    struct mallinfo info = libc__mallinfo_r(reent);
    if (obmalloc_state.mode == OBMALLOC_POOLS_SERVE) {
        struct pools_statistics arena;
        obmalloc_lock_state before = obmalloc_lock();
        pools_statistics(&obmalloc_heap, &arena);
        obmalloc_unlock(before);
        size_t used_bytes = arena.small_used_bytes + arena.large_used_bytes;
        info.arena += arena.region_bytes;
        info.uordblks += used_bytes;
        info.fordblks += arena.region_bytes - used_bytes;
    }
    return info;
}
