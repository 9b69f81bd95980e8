// SPDX-License-Identifier: MIT
/*
 * FreeRTOS: the kernel's heap functions over the firmware's allocator, in place of heap_4.c; and the
 * lock of the policy hooks.
 *
 * Build it with the firmware's FreeRTOSConfig.h, against the kernel's public headers, and with
 * -DOBMALLOC_LOCK_HOOKS iff the library is built with OBMALLOC_LOCK=hooks. That lock suspends the
 * scheduler, as heap_4.c does; once the scheduler runs, a handler that allocates is refused
 * (obmalloc_lock_refused). Under OBMALLOC_LOCK=basepri with the ceiling
 * configMAX_SYSCALL_INTERRUPT_PRIORITY, handlers that may call the kernel may allocate, too.
 *
 * As heap_4.c, but for:
 *   configTOTAL_HEAP_SIZE             is not used: the linker script says where the heap is.
 *   xPortGetFreeHeapSize,             count what malloc has taken, too. The first two walk the heap,
 *   vPortGetHeapStats,                with the lock held, so that their cost grows with the number of
 *   xPortGetMinimumEverFreeHeapSize   blocks. The last one is constant, and no more than the true
 *                                     minimum: the bytes that no block has ever lain in.
 *   vPortHeapResetState               sets the counters back; blocks stay live.
 */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

/* The kernel's own files name functions that the MPU's wrappers would rename. */
#define MPU_WRAPPERS_INCLUDED_FROM_API_FILE
#include "FreeRTOS.h"
#include "task.h"
#undef MPU_WRAPPERS_INCLUDED_FROM_API_FILE

#include "obmalloc.h"

#if configSUPPORT_DYNAMIC_ALLOCATION == 0
#error "port/rtos/freertos.c is for kernels with configSUPPORT_DYNAMIC_ALLOCATION 1"
#endif
#if portBYTE_ALIGNMENT > 8
#error "port/rtos/freertos.c: blocks are aligned to 8 bytes, and portBYTE_ALIGNMENT asks for more"
#endif

static size_t allocation_count, free_count;

/* Counts and traces, apart from other threads and from handlers that call the kernel. */
static void note_allocation(void *block, size_t bytes) {
    UBaseType_t mask = taskENTER_CRITICAL_FROM_ISR();
    allocation_count += block != NULL;
    traceMALLOC(block, bytes);
    taskEXIT_CRITICAL_FROM_ISR(mask);
    (void)bytes;
#if configUSE_MALLOC_FAILED_HOOK == 1
    if (block == NULL) {
        vApplicationMallocFailedHook();
    }
#endif
}

void *pvPortMalloc(size_t xWantedSize) {
    void *block = xWantedSize != 0 ? malloc(xWantedSize) : NULL;
    note_allocation(block, xWantedSize);
    return block;
}

void *pvPortCalloc(size_t xNum, size_t xSize) {
    size_t bytes;
    if (__builtin_mul_overflow(xNum, xSize, &bytes)) {
        return NULL; /* without the hook, as heap_4.c */
    }
    void *block = bytes != 0 ? calloc(1, bytes) : NULL;
    note_allocation(block, bytes);
    return block;
}

void vPortFree(void *pv) {
    if (pv == NULL) {
        return;
    }
#if defined(configHEAP_CLEAR_MEMORY_ON_FREE) && configHEAP_CLEAR_MEMORY_ON_FREE == 1
    memset(pv, 0, malloc_usable_size(pv));
#endif
    UBaseType_t mask = taskENTER_CRITICAL_FROM_ISR();
    free_count++;
    traceFREE(pv, 0); /* as heap_3.c: to look the size up would cost more than to free */
    taskEXIT_CRITICAL_FROM_ISR(mask);
    free(pv);
}

void vPortInitialiseBlocks(void) {
    /* The heap needs no start: its first call opens it. */
}

void vPortHeapResetState(void) {
    allocation_count = 0;
    free_count = 0;
}

size_t xPortGetFreeHeapSize(void) {
    struct obmalloc_statistics now;
    obmalloc_statistics(&now);
    return now.free_bytes;
}

size_t xPortGetMinimumEverFreeHeapSize(void) {
    return obmalloc_never_used_bytes();
}

void xPortResetHeapMinimumEverFreeHeapSize(void) {
    obmalloc_restart_high_water();
}

void vPortGetHeapStats(HeapStats_t *pxHeapStats) {
    struct obmalloc_statistics now;
    obmalloc_statistics(&now);
    UBaseType_t mask = taskENTER_CRITICAL_FROM_ISR();
    *pxHeapStats = (HeapStats_t){
        .xAvailableHeapSpaceInBytes = now.free_bytes,
        .xSizeOfLargestFreeBlockInBytes = now.arena.largest_free_bytes,
        .xSizeOfSmallestFreeBlockInBytes = now.arena.smallest_free_bytes,
        .xNumberOfFreeBlocks = now.arena.free_chunks + now.arena.pool_ready_blocks,
        .xMinimumEverFreeBytesRemaining = obmalloc_never_used_bytes(),
        .xNumberOfSuccessfulAllocations = allocation_count,
        .xNumberOfSuccessfulFrees = free_count,
    };
    taskEXIT_CRITICAL_FROM_ISR(mask);
}

#ifdef OBMALLOC_LOCK_HOOKS
#if !(INCLUDE_xTaskGetSchedulerState == 1 || configUSE_TIMERS == 1)
#error "port/rtos/freertos.c, policy hooks: set INCLUDE_xTaskGetSchedulerState to 1"
#endif

#include "handler.h"

/* Before the scheduler runs there is one thread. xTaskResumeAll() would leave interrupts masked there. */
static bool has_no_threads_yet(void) {
    return xTaskGetSchedulerState() == taskSCHEDULER_NOT_STARTED;
}

void obmalloc_lock_hook(void) {
    if (has_no_threads_yet()) {
        return;
    }
    if (rtos_is_in_handler()) {
        rtos_refuse(
            "an interrupt handler allocates, and OBMALLOC_LOCK=hooks keeps threads apart only");
    }
    vTaskSuspendAll();
}

void obmalloc_unlock_hook(void) {
    if (!has_no_threads_yet()) {
        (void)xTaskResumeAll();
    }
}
#endif
