// SPDX-License-Identifier: MIT
/*
 * The C library's way to memory: [region.start, limit), contiguous, refused at both ends.
 *
 * Under flag 1 the limit is the arena's start, and where the whole region is the arena there is
 * nothing to give. Under flag 0 the arena's RAM is the C library's too.
 */
#include <errno.h>
#include <stddef.h>

#include "guard/guard.h"
#include "guard/trap.h"
#include "ledger.h"
#include "lock.h"
#include "state.h"

#ifdef __PICOLIBC__
#define SBRK sbrk
#else
#define SBRK _sbrk
/* The library's _sbrk_r carries this plain variable into the caller's own errno. */
#undef errno
extern int errno;
#endif

void *SBRK(ptrdiff_t increment_bytes);

/* entry.c refers to this name, so that this file is always linked: a firmware's own beside it
 * is an error of the linker rather than a C library heap that grows into the arena. */
__asm__(".global obmalloc_brings_sbrk\n"
        ".set obmalloc_brings_sbrk, 1\n");

static char *break_limit(const struct obmalloc_state *state) {
    if (!obmalloc_arena_serves(state)) {
        return state->region.end;
    }
    return state->whole_region_is_arena ? state->region.start : state->arena_start - TRAP_GAP_BYTES;
}

__attribute__((used)) void *SBRK(ptrdiff_t increment_bytes) {
    struct obmalloc_state *state = &obmalloc_state;
    obmalloc_lock_state before = obmalloc_lock();
    if (state->mode == OBMALLOC_UNLATCHED) {
        obmalloc_latch();
        if (ledger_latched) {
            ledger_latched();
        }
    }
    char *old_break = state->heap_break;
    /* Unsigned, because -PTRDIFF_MIN is no ptrdiff_t. */
    size_t magnitude_bytes =
        increment_bytes < 0 ? 0 - (size_t)increment_bytes : (size_t)increment_bytes;
    size_t room_bytes = increment_bytes < 0 ? (size_t)(old_break - (char *)state->region.start)
                                            : (size_t)(break_limit(state) - old_break);
    if (magnitude_bytes > room_bytes || !guard_state_holds(state)) {
        obmalloc_unlock(before);
        errno = ENOMEM;
        return (void *)-1;
    }
    state->heap_break = old_break + increment_bytes;
    state->seal ^=
        obmalloc_seal_part((uint32_t)(uintptr_t)old_break ^ (uint32_t)(uintptr_t)state->heap_break);
    if (state->heap_break > state->heap_break_high_water) {
        state->heap_break_high_water = state->heap_break;
    }
    obmalloc_unlock(before);
    return old_break;
}
