// SPDX-License-Identifier: MIT
// test-locks: hooks
// test-icount: 8
// test-link: -Wl,--defsym=__obmalloc_arena_size=1040,--defsym=__stack_reserve_bytes=1536
/* The storm with port/rtos/cmsis_rtos2.c over a kernel that stand_in/cmsis_os2.h declares. */
#include <cmsis_os2.h>
#include <stdlib.h>

#include "harness/test.h"
#include "lock/actor.h"
#include "lock/mutex.h"
#include "lock/refused.h"
#include "lock/storm.h"

void obmalloc_cmsis_rtos2_start(void);

static struct mutex mutex;
static osKernelState_t kernel_state = osKernelInactive;
static uint32_t acquired_count;

osKernelState_t osKernelGetState(void) {
    return kernel_state;
}

osMutexId_t osMutexNew(const osMutexAttr_t *attributes) {
    bool as_wanted = attributes->attr_bits == (osMutexRecursive | osMutexPrioInherit);
    return as_wanted ? &mutex : NULL;
}

osStatus_t osMutexAcquire(osMutexId_t mutex_id, uint32_t timeout) {
    if (timeout != osWaitForever) {
        actor_fault = "the lock does not wait";
    }
    acquired_count++;
    mutex_take(mutex_id);
    return osOK;
}

osStatus_t osMutexRelease(osMutexId_t mutex_id) {
    return mutex_give(mutex_id) ? osOK : osErrorResource;
}

TEST(nothing_is_locked_before_the_kernel_runs) {
    free(malloc(100));
    CHECK_EQUAL(acquired_count, 0);
    kernel_state = osKernelReady;
    obmalloc_cmsis_rtos2_start();
    free(malloc(100));
    CHECK_EQUAL(acquired_count, 0);
}

TEST(storm) {
    kernel_state = osKernelRunning;
    refused_where_wanted();
    storm();
    CHECK(mutex.wait_count != 0 && acquired_count > 1000);
    CHECK_EQUAL(mutex.depth, 0);
}

TEST_LIST = {TEST_ENTRY(nothing_is_locked_before_the_kernel_runs), TEST_ENTRY(storm)};
