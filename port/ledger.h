// SPDX-License-Identifier: MIT
/*
 * How calls before main come to be noted, at no cost for those after.
 *
 * As long as the flag is not latched, every fast path declines, and what leads to the C code in route.c
 * keeps the caller's address. Where a ledger is linked, that state lasts until main begins: latched, but
 * with the heap hidden between calls (OBMALLOC_NOTED). Each call shows the heap, does its work, is noted,
 * and hides the heap again.
 */
#ifndef OBMALLOC_LEDGER_H
#define OBMALLOC_LEDGER_H

#include "state.h"

/* The function of route.h that a call came to. */
enum ledger_kind {
    LEDGER_MALLOC,
    LEDGER_CALLOC,
    LEDGER_REALLOC,
    LEDGER_MEMALIGN,
    LEDGER_ALIGNED_ALLOC,
#if ENTRY_LIBC_IS_REENTRANT
    LEDGER_VALLOC,
    LEDGER_PVALLOC,
#endif
    LEDGER_FREE,
    LEDGER_USABLE_SIZE
};

/* Makes the call with the heap shown, and notes it. first, second: its arguments. Returns what it
 * returns. Linked with a ledger only, as are the next four. */
uintptr_t ledger_call(enum ledger_kind kind, uintptr_t first, uintptr_t second, const void *caller)
    __attribute__((weak));

/* Shows the heap if it is hidden. Returns true iff it was: then ledger_hide() has to follow. */
bool ledger_show(void) __attribute__((weak));
void ledger_hide(void) __attribute__((weak));

/* After a latch outside of ledger_call: hides the heap, unless main has begun. */
void ledger_latched(void) __attribute__((weak));

/* Main begins. */
void ledger_end(void) __attribute__((weak));

/* Returns true iff the call is one for ledger_call. Latches if nobody has and nobody notes. */
#ifdef __OPTIMIZE_SIZE__
bool ledger_is_to_note(const struct obmalloc_state *state);
#else
static inline bool ledger_is_to_note(const struct obmalloc_state *state) {
    if (state->mode > OBMALLOC_NOTED) {
        return false;
    }
    if (ledger_call) {
        return true;
    }
    obmalloc_latch();
    return false;
}
#endif

/* For those who look at the heap between calls. */
static inline bool ledger_look(const struct obmalloc_state *state) {
    if (state->mode != OBMALLOC_NOTED) {
        return false;
    }
    return ledger_show();
}

static inline void ledger_look_ended(bool was_hidden) {
    if (was_hidden) {
        ledger_hide();
    }
}

#endif
