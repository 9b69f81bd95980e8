// SPDX-License-Identifier: MIT
/* Of CMSIS-RTOS2 as much as port/rtos/cmsis_rtos2.c uses, with the interface's names and values. */
#ifndef CMSIS_OS2_H_
#define CMSIS_OS2_H_

#include <stdint.h>

#define osWaitForever      0xFFFFFFFFU
#define osMutexRecursive   0x00000001U
#define osMutexPrioInherit 0x00000002U

typedef enum { osOK = 0, osErrorResource = -3 } osStatus_t;

typedef enum {
    osKernelInactive = 0,
    osKernelReady = 1,
    osKernelRunning = 2,
    osKernelLocked = 3,
    osKernelSuspended = 4
} osKernelState_t;

typedef void *osMutexId_t;

typedef struct {
    const char *name;
    uint32_t attr_bits;
    void *cb_mem;
    uint32_t cb_size;
} osMutexAttr_t;

osKernelState_t osKernelGetState(void);
osMutexId_t osMutexNew(const osMutexAttr_t *attributes);
osStatus_t osMutexAcquire(osMutexId_t mutex_id, uint32_t timeout);
osStatus_t osMutexRelease(osMutexId_t mutex_id);

#endif
