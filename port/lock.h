// SPDX-License-Identifier: MIT
/*
 * What keeps calls of the allocator apart. One policy for our entry points and for the C library's
 * own lock, chosen at build; for the assembler too.
 *
 *   (none)                           single-threaded firmware whose handlers do not allocate; no code
 *   -DOBMALLOC_LOCK_PRIMASK          lock_primask.h: all interrupts off
 *   -DOBMALLOC_LOCK_BASEPRI=CEILING  lock_basepri.h: interrupts off up to a priority
 *   -DOBMALLOC_LOCK_HOOKS            lock_hooks.h: two functions of the firmware, e.g. an RTOS's mutex
 *
 * Contract of a policy: obmalloc_lock() returns what obmalloc_unlock() needs to restore, so that calls
 * nest, also those of a handler within those of what it interrupted. Both may be called before
 * constructors have run, and are barriers to the compiler.
 *
 * How it is used: a lock is held for one step of the pools, or one look at the port's own state; never
 * around what grows with the size of a request (calloc clears, and realloc copies more than 248 bytes,
 * without it), nor around a hook of the firmware but for those of the boot. INTEGRATION.md says how long that is.
 */
#ifndef OBMALLOC_LOCK_H
#define OBMALLOC_LOCK_H

#if defined(OBMALLOC_LOCK_PRIMASK) + defined(OBMALLOC_LOCK_BASEPRI) +                              \
        defined(OBMALLOC_LOCK_HOOKS) >                                                             \
    1
#error "OBMALLOC_LOCK_PRIMASK, _BASEPRI and _HOOKS exclude one another: define one of them at most"
#endif

/* Under the tier trap the lock opens what the MPU closes, too (guard/trap.h). */
#ifdef OBMALLOC_TRAPPED
#define obmalloc_lock   lock_by_policy
#define obmalloc_unlock unlock_by_policy
#endif

#if defined(OBMALLOC_LOCK_PRIMASK)
#include "lock_primask.h"
#elif defined(OBMALLOC_LOCK_BASEPRI)
#include "lock_basepri.h"
#elif defined(OBMALLOC_LOCK_HOOKS)
#include "lock_hooks.h"
#else
#include "lock_none.h"
#endif

#if defined(OBMALLOC_TRAPPED) && !defined(__ASSEMBLER__)
#undef obmalloc_lock
#undef obmalloc_unlock
#undef OBMALLOC_LOCK_NONE /* there is a lock that has something to do */
#include "guard/trap.h"

static inline obmalloc_lock_state obmalloc_lock(void) {
    obmalloc_lock_state before = lock_by_policy();
    trap_open();
    return before;
}

static inline void obmalloc_unlock(obmalloc_lock_state before) {
    trap_close();
    unlock_by_policy(before);
}
#endif

#endif
