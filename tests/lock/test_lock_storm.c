// SPDX-License-Identifier: MIT
// test-icount: 8
// test-tiers: basic full paranoid
// test-link: -Wl,--defsym=__obmalloc_arena_size=1040,--defsym=__stack_reserve_bytes=1536
/* The storm under each policy; under hooks with a mutex of the test's. */
#include "harness/test.h"
#include "lock/actor.h"
#include "lock/mutex.h"
#include "lock/storm.h"
#include "obmalloc.h"

static struct mutex mutex;

#ifdef OBMALLOC_LOCK_HOOKS
static bool is_thread(void) {
    uint32_t exception;
    __asm__ volatile("mrs %0, ipsr" : "=r"(exception));
    return exception == 0;
}

void obmalloc_lock_hook(void) {
    if (!is_thread()) {
        actor_fault = "the lock was asked for in a handler";
        return;
    }
    mutex_take(&mutex);
}

void obmalloc_unlock_hook(void) {
    if (!mutex_give(&mutex)) {
        actor_fault = "the lock was given back by somebody else";
    }
}
#endif

TEST(first_call_comes_from_a_handler) {
    storm_first_call();
}

TEST(storm) {
    storm();
    CHECK(mutex.wait_count != 0 || STORM_HANDLERS_ALLOCATE);
    CHECK_EQUAL(mutex.depth, 0);
}

TEST_LIST = {TEST_ENTRY(first_call_comes_from_a_handler), TEST_ENTRY(storm)};
