// SPDX-License-Identifier: MIT
#include "libc_lock.h"

#include <stdint.h>

#ifndef OBMALLOC_LOCK_NONE

/* Both belong to whoever holds the lock: nobody else who takes it runs meanwhile. */
static uint32_t depth;
static obmalloc_lock_state before_outermost;

void obmalloc_libc_lock(void) {
    obmalloc_lock_state before = obmalloc_lock();
    if (depth++ == 0) {
        before_outermost = before;
    }
}

void obmalloc_libc_unlock(void) {
    if (--depth == 0) {
        obmalloc_unlock(before_outermost);
        return;
    }
#ifdef OBMALLOC_LOCK_HOOKS
    /* A mutex counts by itself. */
    obmalloc_unlock(before_outermost);
#elif defined(OBMALLOC_TRAPPED)
    trap_close();
#endif
}

#endif
