// SPDX-License-Identifier: MIT
// test-icount: 8
// test-link: -Wl,--defsym=__obmalloc_arena_size=1040,--defsym=__stack_reserve_bytes=1536
/* port/rtos/freertos.c over a kernel that stand_in/FreeRTOS.h and task.h declare: the heap functions under
 * each policy, and the storm with its lock, which suspends the scheduler. */
#include <FreeRTOS.h>
#include <task.h>

#include "lock/refused.h"
#include "lock/scheduler.h"
#include "lock/storm.h"
#include "target/target.h"

uint32_t traced_allocation_count, traced_free_count;
static uint32_t failed_count;
static BaseType_t scheduler_state = taskSCHEDULER_NOT_STARTED;

void vApplicationMallocFailedHook(void) {
    failed_count++;
}

void vTaskSuspendAll(void) {
    scheduler_suspend();
}

BaseType_t xTaskResumeAll(void) {
    scheduler_resume();
    return 0;
}

BaseType_t xTaskGetSchedulerState(void) {
    return scheduler_state;
}

TEST(storm) {
    vPortInitialiseBlocks();
    if (STORM_HANDLERS_ALLOCATE) {
        storm_first_call();
    } else {
        free(malloc(100)); /* before the scheduler runs */
        CHECK_EQUAL(scheduler_suspended_count, 0);
        scheduler_state = taskSCHEDULER_RUNNING;
        refused_where_wanted();
    }
    storm();
    CHECK(scheduler_suspended_count > 1000 || STORM_HANDLERS_ALLOCATE);
}

TEST(blocks_come_and_go) {
    size_t free_bytes = xPortGetFreeHeapSize();
    uint32_t allocations = traced_allocation_count;
    unsigned char *block = pvPortMalloc(100);
    CHECK(block != NULL);
    CHECK(xPortGetFreeHeapSize() <= free_bytes - 100);
    unsigned char *clear = pvPortCalloc(10, 10);
    for (unsigned i = 0; i < 100; i++) {
        CHECK_EQUAL(clear[i], 0);
        clear[i] = 1;
    }
    vPortFree(clear);
    CHECK_EQUAL(clear[50], 0); /* configHEAP_CLEAR_MEMORY_ON_FREE */
    vPortFree(block);
    vPortFree(NULL);
    CHECK_EQUAL(xPortGetFreeHeapSize(), free_bytes);
    CHECK_EQUAL(traced_allocation_count, allocations + 2);
    CHECK_EQUAL(traced_free_count, 2);
}

TEST(what_cannot_be_calls_the_hook) {
    uint32_t failures = failed_count;
    CHECK(pvPortMalloc(0) == NULL);
    CHECK(pvPortMalloc(0x10000000) == NULL);
    CHECK_EQUAL(failed_count, failures + 2);
    CHECK(pvPortCalloc(0x10000, 0x10000) == NULL);
    CHECK_EQUAL(failed_count, failures + 2);
}

TEST(statistics_are_those_of_both_heaps) {
    vPortHeapResetState();
    HeapStats_t before, after;
    vPortGetHeapStats(&before);
    CHECK_EQUAL(before.xAvailableHeapSpaceInBytes, xPortGetFreeHeapSize());
    CHECK_EQUAL(before.xNumberOfSuccessfulAllocations, 0);
    void *small = pvPortMalloc(40);
    void *large = pvPortMalloc(700);
    vPortGetHeapStats(&after);
    CHECK(after.xAvailableHeapSpaceInBytes <= before.xAvailableHeapSpaceInBytes - 740);
    CHECK_EQUAL(after.xNumberOfSuccessfulAllocations, 2);
    CHECK_EQUAL(after.xNumberOfSuccessfulFrees, 0);
    if (flag() == 1) {
        CHECK(after.xNumberOfFreeBlocks != 0);
        CHECK(after.xSizeOfSmallestFreeBlockInBytes != 0);
        CHECK(after.xSizeOfSmallestFreeBlockInBytes <= after.xSizeOfLargestFreeBlockInBytes + 8);
        CHECK(after.xSizeOfLargestFreeBlockInBytes <= after.xAvailableHeapSpaceInBytes);
    }
    vPortFree(large);
    vPortFree(small);
    vPortGetHeapStats(&after);
    CHECK_EQUAL(after.xNumberOfSuccessfulFrees, 2);
}

/* No more than was ever free, and never rising but when it starts anew. */
TEST(low_water) {
    size_t least = xPortGetFreeHeapSize();
    xPortResetHeapMinimumEverFreeHeapSize();
    size_t low_water = xPortGetMinimumEverFreeHeapSize();
    CHECK(low_water <= least);
    void *blocks[24];
    for (unsigned i = 0; i < 24; i++) {
        blocks[i] = pvPortMalloc(150);
        size_t now = xPortGetFreeHeapSize();
        least = now < least ? now : least;
        CHECK(xPortGetMinimumEverFreeHeapSize() <= least);
        CHECK(xPortGetMinimumEverFreeHeapSize() <= low_water);
        low_water = xPortGetMinimumEverFreeHeapSize();
    }
    for (unsigned i = 0; i < 24; i++) {
        vPortFree(blocks[i]);
    }
    CHECK_EQUAL(xPortGetMinimumEverFreeHeapSize(), low_water);
    check_sound();
}

TEST_LIST = {TEST_ENTRY(storm), TEST_ENTRY(blocks_come_and_go),
             TEST_ENTRY(what_cannot_be_calls_the_hook),
             TEST_ENTRY(statistics_are_those_of_both_heaps), TEST_ENTRY(low_water)};
