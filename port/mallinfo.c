// SPDX-License-Identifier: MIT
/*
 * The library's account of itself: both allocators' sums under flag 1, its own alone under flag 0. What the
 * fields mean of the arena:
 *   arena      the region
 *   ordblks    free chunks
 *   smblks     freed blocks that wait in the pools, as glibc has it of its fast bins
 *   fsmblks    their bytes; a part of fordblks
 *   fordblks   bytes in free chunks and in blocks that wait: what can be had
 *   uordblks   bytes of live blocks; what is missing from the sum is the arena's map and headers
 *   keepcost   0: the arena gives nothing back
 */
#include "guard/guard.h"
#include "ledger.h"
#include "lock.h"
#include "private_libc.h"
#include "state.h"

#define ENTRY_POINT __attribute__((used, externally_visible))

/* picolibc's own leaves these fields as they come. */
static void forget_what_is_not_set(struct mallinfo *info) {
#if !ENTRY_LIBC_IS_REENTRANT
    info->smblks = 0;
    info->hblks = 0;
    info->hblkhd = 0;
    info->usmblks = 0;
    info->fsmblks = 0;
    info->keepcost = 0;
#else
    (void)info;
#endif
}

static struct mallinfo with_arena(struct mallinfo info) {
    obmalloc_lock_state before = obmalloc_lock();
    bool was_hidden = ledger_look(&obmalloc_state);
    if (obmalloc_state.mode == OBMALLOC_POOLS_SERVE) {
        struct pools_statistics arena;
        forget_what_is_not_set(&info);
        pools_statistics(&obmalloc_heap, &arena);
        guard_statistics(&arena);
        size_t free_bytes = arena.free_bytes + arena.pool_ready_bytes;
        info.arena += arena.region_bytes;
        info.ordblks += arena.free_chunks;
        info.smblks += arena.pool_ready_blocks;
        info.fsmblks += arena.pool_ready_bytes;
        info.uordblks += arena.small_used_bytes + arena.large_used_bytes;
        info.fordblks += free_bytes;
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
