// SPDX-License-Identifier: MIT
/* picolibc's lock functions: its one lock is the policy's, any other is nobody's. */
// test-libcs: picolibc
// test-locks: primask
// test-flags: 1
#include <sys/lock.h>

#include "coverage/pc/registers.h"
#include "target/target.h"

extern struct __lock __lock___libc_recursive_mutex;

TEST(the_librarys_own_lock_masks_interrupts) {
    _LOCK_T own = &__lock___libc_recursive_mutex;
    CHECK_EQUAL(pc_primask, 0);
    __retarget_lock_acquire_recursive(own);
    CHECK_EQUAL(pc_primask, 1);
    CHECK_EQUAL(__retarget_lock_try_acquire_recursive(own), 1);
    __retarget_lock_release_recursive(own);
    CHECK_EQUAL(pc_primask, 1);
    __retarget_lock_release_recursive(own);
    CHECK_EQUAL(pc_primask, 0);
}

TEST(other_locks_do_nothing) {
    _LOCK_T other = NULL;
    __retarget_lock_init(&other);
    __retarget_lock_init_recursive(&other);
    CHECK(other == NULL);
    __retarget_lock_acquire_recursive(other);
    __retarget_lock_acquire(other);
    CHECK_EQUAL(__retarget_lock_try_acquire(other), 1);
    CHECK_EQUAL(pc_primask, 0);
    __retarget_lock_release(other);
    __retarget_lock_release_recursive(other);
    __retarget_lock_close(other);
    __retarget_lock_close_recursive(other);
    CHECK_EQUAL(pc_primask, 0);
}

TEST_LIST = {TEST_ENTRY(the_librarys_own_lock_masks_interrupts),
             TEST_ENTRY(other_locks_do_nothing)};
