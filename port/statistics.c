// SPDX-License-Identifier: MIT
#include <string.h>

#include "guard/guard.h"
#include "heaps.h"
#include "ledger.h"
#include "lock.h"
#include "private_libc.h"
#include "state.h"

void obmalloc_statistics(struct obmalloc_statistics *out) {
    const struct obmalloc_state *state = &obmalloc_state;
    obmalloc_boot();
    /* All of it is of one moment. */
    obmalloc_lock_state before = obmalloc_lock();
    *out = (struct obmalloc_statistics){
        .libc_used_blocks = state->libc_used_blocks,
        .libc_heap_bytes = (size_t)(state->heap_break - (char *)state->region.start),
        .libc_heap_high_water_bytes =
            (size_t)(state->heap_break_high_water - (char *)state->region.start),
        .overflow_small_to_libc = state->overflow_small_to_libc,
        .overflow_large_to_arena = state->overflow_large_to_arena,
        .failure_count = state->failure_count,
    };
    bool was_hidden = ledger_look(state);
    memcpy(out->misuse_count, state->misuse_count, sizeof state->misuse_count);
    if (&heaps_other_heap_count) {
        out->misuse_count[OBMALLOC_MISUSE_OTHER_HEAP] = heaps_other_heap_count;
    }
#ifdef POOLS_LINKS_ENCODED
    for (unsigned kind = 0; kind < OBMALLOC_MISUSE_KIND_COUNT; kind++) {
        out->misuse_count[kind] += guard_misuse_count[kind];
    }
#endif
    if (state->mode == OBMALLOC_POOLS_SERVE) {
        pools_statistics(&obmalloc_heap, &out->arena);
        guard_statistics(&out->arena);
        out->arena_used_bytes = out->arena.small_used_bytes + out->arena.large_used_bytes;
        out->arena_used_blocks = out->arena.small_used_blocks + out->arena.large_used_blocks;
    }
    if (out->libc_heap_bytes != 0) {
        /* The library's own account asks sbrk where the break is, which would latch: only once it
         * has a heap. */
        out->libc_used_bytes = private_mallinfo().uordblks;
    }
    ledger_look_ended(was_hidden);
    out->free_bytes = out->arena.free_bytes + out->arena.pool_ready_bytes +
                      obmalloc_libc_room_bytes(state) - out->libc_used_bytes;
    obmalloc_unlock(before);
}

bool obmalloc_owns(const void *address) {
    obmalloc_lock_state before = obmalloc_lock();
    bool was_hidden = ledger_look(&obmalloc_state);
    bool owns = pools_owns(&obmalloc_heap, address);
    ledger_look_ended(was_hidden);
    obmalloc_unlock(before);
    return owns;
}
