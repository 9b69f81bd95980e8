// SPDX-License-Identifier: MIT
/* What the locks of this folder share: none of them can be taken by an interrupt handler. */
#ifndef OBMALLOC_RTOS_HANDLER_H
#define OBMALLOC_RTOS_HANDLER_H

#include <stdbool.h>
#include <stdint.h>

#include "obmalloc.h"

static inline bool rtos_is_in_handler(void) {
    uint32_t exception;
    __asm__ volatile("mrs %0, ipsr" : "=r"(exception));
    return exception != 0;
}

/* Tells the firmware, and stops it with a fault: nothing that an allocator could return would keep a
 * handler out of another thread's step. */
static inline void rtos_refuse(const char *sentence) {
    if (obmalloc_lock_refused) {
        obmalloc_lock_refused(sentence);
    }
    __asm__ volatile("udf #0");
}

#endif
