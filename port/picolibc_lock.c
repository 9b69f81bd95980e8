// SPDX-License-Identifier: MIT
/*
 * picolibc's locks under a lock policy: the library takes one, its own, around its allocator and around a
 * few short looks at its own state (environment, atexit). All its lock functions lie in one member, so all
 * of them are here; a firmware with further locks of this kind has to bring the whole family itself, under
 * policy none.
 */
#include <sys/lock.h>

#include "libc_lock.h"

#define ENTRY_POINT __attribute__((used, externally_visible))

struct __lock {
    char unused;
};

ENTRY_POINT struct __lock __lock___libc_recursive_mutex;

ENTRY_POINT void __retarget_lock_acquire_recursive(_LOCK_T lock) {
    if (lock == &__lock___libc_recursive_mutex) {
        obmalloc_libc_lock();
    }
}

ENTRY_POINT void __retarget_lock_release_recursive(_LOCK_T lock) {
    if (lock == &__lock___libc_recursive_mutex) {
        obmalloc_libc_unlock();
    }
}

ENTRY_POINT int __retarget_lock_try_acquire_recursive(_LOCK_T lock) {
    __retarget_lock_acquire_recursive(lock);
    return 1;
}

/* Others do what the library's own do: nothing. */
ENTRY_POINT void __retarget_lock_init(_LOCK_T *lock) {
    (void)lock;
}

ENTRY_POINT void __retarget_lock_init_recursive(_LOCK_T *lock) {
    (void)lock;
}

ENTRY_POINT void __retarget_lock_close(_LOCK_T lock) {
    (void)lock;
}

ENTRY_POINT void __retarget_lock_close_recursive(_LOCK_T lock) {
    (void)lock;
}

ENTRY_POINT void __retarget_lock_acquire(_LOCK_T lock) {
    (void)lock;
}

ENTRY_POINT int __retarget_lock_try_acquire(_LOCK_T lock) {
    (void)lock;
    return 1;
}

ENTRY_POINT void __retarget_lock_release(_LOCK_T lock) {
    (void)lock;
}
