// SPDX-License-Identifier: MIT
/* Of FreeRTOS as much as port/rtos/freertos.c uses, with the kernel's names and values. */
#ifndef INC_FREERTOS_H
#define INC_FREERTOS_H

#include <stddef.h>
#include <stdint.h>

#define configSUPPORT_DYNAMIC_ALLOCATION 1
#define configUSE_MALLOC_FAILED_HOOK     1
#define configUSE_TIMERS                 0
#define configHEAP_CLEAR_MEMORY_ON_FREE  1
#define INCLUDE_xTaskGetSchedulerState   1
#define portBYTE_ALIGNMENT               8

typedef long BaseType_t;
typedef unsigned long UBaseType_t;

typedef struct xHeapStats {
    size_t xAvailableHeapSpaceInBytes;
    size_t xSizeOfLargestFreeBlockInBytes;
    size_t xSizeOfSmallestFreeBlockInBytes;
    size_t xNumberOfFreeBlocks;
    size_t xMinimumEverFreeBytesRemaining;
    size_t xNumberOfSuccessfulAllocations;
    size_t xNumberOfSuccessfulFrees;
} HeapStats_t;

/* The trace of the test's: counts. */
extern uint32_t traced_allocation_count, traced_free_count;
#define traceMALLOC(block, bytes) ((void)(bytes), traced_allocation_count++)
#define traceFREE(block, bytes)   ((void)(bytes), traced_free_count++)

void *pvPortMalloc(size_t xWantedSize);
void *pvPortCalloc(size_t xNum, size_t xSize);
void vPortFree(void *pv);
void vPortInitialiseBlocks(void);
void vPortHeapResetState(void);
size_t xPortGetFreeHeapSize(void);
size_t xPortGetMinimumEverFreeHeapSize(void);
void xPortResetHeapMinimumEverFreeHeapSize(void);
void vPortGetHeapStats(HeapStats_t *pxHeapStats);
void vApplicationMallocFailedHook(void);

#endif
