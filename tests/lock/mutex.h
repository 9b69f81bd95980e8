// SPDX-License-Identifier: MIT
/* A recursive mutex between scheduler.h's tasks: what an RTOS would bring. Not for handlers. */
#ifndef TESTS_LOCK_MUTEX_H
#define TESTS_LOCK_MUTEX_H

#include <stdbool.h>
#include <stdint.h>

struct mutex {
    volatile unsigned owner;
    volatile unsigned depth;
    uint32_t wait_count; /* how often somebody had to wait */
};

/* Lets others run until it is free. */
void mutex_take(struct mutex *mutex);

/* Returns false, and changes nothing, iff the caller does not have it. */
bool mutex_give(struct mutex *mutex);

#endif
