// SPDX-License-Identifier: MIT
/*
 * The lock that a C library takes around its own allocator: the policy of lock.h, for a caller that has
 * nowhere to keep what is to be restored.
 *
 * Nests, within itself and within obmalloc_lock(); obmalloc_libc_unlock() undoes the last
 * obmalloc_libc_lock() of the same thread or handler. May be called before constructors have run.
 */
#ifndef OBMALLOC_LIBC_LOCK_H
#define OBMALLOC_LIBC_LOCK_H

#include "lock.h"

#ifdef OBMALLOC_LOCK_NONE
static inline void obmalloc_libc_lock(void) {
}

static inline void obmalloc_libc_unlock(void) {
}
#else
void obmalloc_libc_lock(void);
void obmalloc_libc_unlock(void);
#endif

#endif
