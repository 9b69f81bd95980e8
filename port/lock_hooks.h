// SPDX-License-Identifier: MIT
/*
 * Policy hooks: obmalloc_lock_hook() and obmalloc_unlock_hook() of the firmware, e.g. an RTOS's
 * recursive mutex. obmalloc.h states what they promise; rtos/ holds some.
 *
 * The lock keeps threads apart, not handlers: another thread may run while it is held, which is why
 * the entry points look at the latch rather than at the heap to tell who serves (entry.c).
 */
#ifndef OBMALLOC_LOCK_HOOKS_H
#define OBMALLOC_LOCK_HOOKS_H

#ifndef __ASSEMBLER__
#include "obmalloc.h"

typedef struct {
    char unused;
} obmalloc_lock_state;

static inline obmalloc_lock_state obmalloc_lock(void) {
    obmalloc_lock_hook();
    return (obmalloc_lock_state){0};
}

static inline void obmalloc_unlock(obmalloc_lock_state before) {
    (void)before;
    obmalloc_unlock_hook();
}
#endif

#endif
