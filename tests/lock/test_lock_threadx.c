// SPDX-License-Identifier: MIT
// test-locks: hooks
// test-icount: 8
// test-link: -Wl,--defsym=__obmalloc_arena_size=1040,--defsym=__stack_reserve_bytes=1536
/* The storm with port/rtos/threadx.c over a kernel that stand_in/tx_api.h declares. */
#include <stdlib.h>
#include <tx_api.h>

#include "harness/test.h"
#include "lock/actor.h"
#include "lock/refused.h"
#include "lock/scheduler.h"
#include "lock/storm.h"

UINT obmalloc_threadx_start(void);

static TX_MUTEX *created;
static bool threads_run;
static TX_THREAD threads[SCHEDULER_TASK_COUNT + 1];

UINT tx_mutex_create(TX_MUTEX *mutex, CHAR *name, UINT inherit) {
    (void)name;
    created = inherit == TX_INHERIT ? mutex : TX_NULL;
    return TX_SUCCESS;
}

UINT tx_mutex_get(TX_MUTEX *mutex, ULONG wait) {
    if (wait != TX_WAIT_FOREVER) {
        actor_fault = "the lock does not wait";
    }
    mutex_take(&mutex->mutex);
    return TX_SUCCESS;
}

UINT tx_mutex_put(TX_MUTEX *mutex) {
    return mutex_give(&mutex->mutex) ? TX_SUCCESS : TX_NOT_OWNED;
}

TX_THREAD *tx_thread_identify(VOID) {
    return threads_run ? &threads[scheduler_current()] : TX_NULL;
}

TEST(nothing_is_locked_before_a_thread_runs) {
    free(malloc(100));
    CHECK_EQUAL(obmalloc_threadx_start(), TX_SUCCESS);
    CHECK(created != TX_NULL);
    free(malloc(100));
    CHECK_EQUAL(created->mutex.depth, 0);
}

TEST(storm) {
    threads_run = true;
    refused_where_wanted();
    storm();
    CHECK(created->mutex.wait_count != 0);
    CHECK_EQUAL(created->mutex.depth, 0);
}

TEST_LIST = {TEST_ENTRY(nothing_is_locked_before_a_thread_runs), TEST_ENTRY(storm)};
