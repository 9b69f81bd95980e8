// SPDX-License-Identifier: MIT
#ifndef INC_TASK_H
#define INC_TASK_H

#include "FreeRTOS.h"

#define taskSCHEDULER_NOT_STARTED ((BaseType_t)1)
#define taskSCHEDULER_RUNNING     ((BaseType_t)2)

void vTaskSuspendAll(void);
BaseType_t xTaskResumeAll(void);
BaseType_t xTaskGetSchedulerState(void);

static inline UBaseType_t taskENTER_CRITICAL_FROM_ISR(void) {
    UBaseType_t before;
    __asm__ volatile("mrs %0, primask\n\tcpsid i" : "=r"(before) : : "memory");
    return before;
}

static inline void taskEXIT_CRITICAL_FROM_ISR(UBaseType_t before) {
    __asm__ volatile("msr primask, %0" : : "r"(before) : "memory");
}

#endif
