// SPDX-License-Identifier: MIT
/* The clock of those who watch the allocator (OBMALLOC_WATCH): two hooks of the firmware. */
#ifndef OBMALLOC_OBMALLOC_TICK_H
#define OBMALLOC_OBMALLOC_TICK_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Optional hook of the firmware, weak: a count that only goes up and wraps at 2^32. Two operations that lie
 * further apart than a wrap seem nearer to one another than they are. Called with the lock held, by whoever
 * allocates: must not allocate. Without it the recording has an order but no times. */
uint32_t obmalloc_tick(void) __attribute__((weak));

/* Optional hook of the firmware, weak: one tick in picoseconds, 0 = unknown. */
uint32_t obmalloc_tick_period_ps(void) __attribute__((weak));

#ifdef __cplusplus
}
#endif

#endif
