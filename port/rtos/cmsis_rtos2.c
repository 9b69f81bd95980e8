// SPDX-License-Identifier: MIT
/*
 * CMSIS-RTOS2: the lock of OBMALLOC_LOCK=hooks as a recursive mutex with priority inheritance.
 *
 * The firmware calls obmalloc_cmsis_rtos2_start() between osKernelInitialize() and osKernelStart(). Until
 * the kernel runs there is one thread, and nothing is locked. Refused (obmalloc_lock_refused) are: an
 * allocation in an interrupt handler, or when the kernel runs without that call, or while the kernel is
 * locked (osKernelLock) and another thread has the mutex.
 *
 * Where osMutexNew() takes memory from this allocator, it does so before the kernel runs, and without
 * the lock. A kernel that wants memory for the mutex gets it from the firmware with
 * -DOBMALLOC_CMSIS_RTOS2_MUTEX_BYTES=N.
 */
#include <cmsis_os2.h>
#include <stddef.h>

#include "handler.h"

void obmalloc_cmsis_rtos2_start(void);

static osMutexId_t mutex;

#ifdef OBMALLOC_CMSIS_RTOS2_MUTEX_BYTES
static uint64_t control_block[(OBMALLOC_CMSIS_RTOS2_MUTEX_BYTES + 7) / 8];
#define CONTROL_BLOCK       control_block
#define CONTROL_BLOCK_BYTES sizeof control_block
#else
#define CONTROL_BLOCK       NULL
#define CONTROL_BLOCK_BYTES 0
#endif

void obmalloc_cmsis_rtos2_start(void) {
    const osMutexAttr_t attributes = {
        .name = "obmalloc",
        .attr_bits = osMutexRecursive | osMutexPrioInherit,
        .cb_mem = CONTROL_BLOCK,
        .cb_size = CONTROL_BLOCK_BYTES,
    };
    mutex = osMutexNew(&attributes);
}

static bool has_threads(void) {
    osKernelState_t state = osKernelGetState();
    return state == osKernelRunning || state == osKernelLocked || state == osKernelSuspended;
}

void obmalloc_lock_hook(void) {
    if (rtos_is_in_handler()) {
        rtos_refuse(
            "an interrupt handler allocates, and OBMALLOC_LOCK=hooks keeps threads apart only");
    }
    if (!has_threads()) {
        return;
    }
    if (mutex == NULL) {
        rtos_refuse("there is no mutex: obmalloc_cmsis_rtos2_start() comes before osKernelStart()");
    }
    if (osMutexAcquire(mutex, osWaitForever) != osOK) {
        rtos_refuse(
            "osMutexAcquire has failed: the kernel is locked while another thread allocates");
    }
}

void obmalloc_unlock_hook(void) {
    if (has_threads()) {
        (void)osMutexRelease(mutex);
    }
}
