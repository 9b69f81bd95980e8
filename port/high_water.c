// SPDX-License-Identifier: MIT
/* How near the heap came to its end, without a walk. */
#include "ledger.h"
#include "lock.h"
#include "space.h"
#include "state.h"

/* What the C library's heap may grow to; until the latch, the whole region, as whose it will be is open. */
static char *libc_limit(const struct obmalloc_state *state) {
    if (state->mode != OBMALLOC_POOLS_SERVE) {
        return state->region.end;
    }
    return state->whole_region_is_arena ? state->region.start : state->arena_start;
}

size_t obmalloc_libc_room_bytes(const struct obmalloc_state *state) {
    return (size_t)(libc_limit(state) - (char *)state->region.start);
}

size_t obmalloc_never_used_bytes(void) {
    const struct obmalloc_state *state = &obmalloc_state;
    obmalloc_boot();
    obmalloc_lock_state before = obmalloc_lock();
    bool was_hidden = ledger_look(state);
    size_t bytes = (size_t)(libc_limit(state) - state->heap_break_high_water);
    if (state->mode == OBMALLOC_POOLS_SERVE) {
        bytes += obmalloc_heap.end - space_high_water(&obmalloc_heap);
    }
    ledger_look_ended(was_hidden);
    obmalloc_unlock(before);
    return bytes;
}

void obmalloc_restart_high_water(void) {
    struct obmalloc_state *state = &obmalloc_state;
    obmalloc_boot();
    obmalloc_lock_state before = obmalloc_lock();
    bool was_hidden = ledger_look(state);
    state->heap_break_high_water = state->heap_break;
    if (state->mode == OBMALLOC_POOLS_SERVE) {
        obmalloc_heap.high_water = obmalloc_heap.untouched;
    }
    ledger_look_ended(was_hidden);
    obmalloc_unlock(before);
}
