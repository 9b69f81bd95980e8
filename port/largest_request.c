// SPDX-License-Identifier: MIT
#include "largest_request.h"

#include "largest.h"
#include "ledger.h"
#include "libc_block.h"
#include "lock.h"
#include "state.h"

/* A chunk's header and alignment, and what full newlib keeps at its heap's end. */
enum { LIBC_OVERHEAD_BYTES = 32 };

size_t largest_in_arena_bytes(void) {
    return obmalloc_state.mode == OBMALLOC_POOLS_SERVE ? pools_largest_request_bytes(&obmalloc_heap)
                                                       : 0;
}

size_t largest_from_sbrk_bytes(void) {
    const struct obmalloc_state *state = &obmalloc_state;
    uintptr_t step_mask = ~(uintptr_t)(libc_block_step_bytes - 1u);
    uintptr_t from = ((uintptr_t)state->heap_break + libc_block_step_bytes - 1u) & step_mask;
    uintptr_t limit =
        ((uintptr_t)state->region.start + obmalloc_libc_room_bytes(state)) & step_mask;
    return limit > from + LIBC_OVERHEAD_BYTES ? limit - from - LIBC_OVERHEAD_BYTES : 0;
}

size_t obmalloc_largest_request_bytes(void) {
    obmalloc_boot();
    obmalloc_lock_state before = obmalloc_lock();
    bool was_hidden = ledger_look(&obmalloc_state);
    size_t arena_bytes = largest_in_arena_bytes();
    size_t libc_bytes = largest_from_sbrk_bytes();
    ledger_look_ended(was_hidden);
    obmalloc_unlock(before);
    return arena_bytes > libc_bytes ? arena_bytes : libc_bytes;
}
