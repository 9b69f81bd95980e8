// SPDX-License-Identifier: MIT
/*
 * Policy primask: no interrupt of a configurable priority arrives while the lock is held. For every
 * Cortex-M, with or without an RTOS. Any handler may allocate but NMI and HardFault.
 *
 * The caller is privileged: to unprivileged code `cpsid i` does nothing. On ARMv8-M with the Security
 * Extension the mask is that of the state that the firmware runs in.
 *
 * No barrier is needed: raising the priority serializes itself, and an interrupt that pends may arrive
 * a little later than the mask is lifted.
 */
#ifndef OBMALLOC_LOCK_PRIMASK_H
#define OBMALLOC_LOCK_PRIMASK_H

#define LOCK_IN_ASSEMBLY 1 /* entry_thumb2.S can take it */

#ifdef __ASSEMBLER__

#define LOCK_SPOILS_SCRATCH 0

/* Locks, and leaves in \before what UNLOCK wants. Spoils \scratch iff LOCK_SPOILS_SCRATCH. */
.macro LOCK before, scratch
    mrs     \before, primask
    cpsid   i
.endm

.macro UNLOCK before
    msr     primask, \before
.endm

#else

#include <stdint.h>

typedef struct {
    uint32_t primask;
} obmalloc_lock_state;

static inline obmalloc_lock_state obmalloc_lock(void) {
    obmalloc_lock_state before;
    __asm__ volatile("mrs %0, primask\n\t"
                     "cpsid i"
                     : "=r"(before.primask)
                     :
                     : "memory");
    return before;
}

static inline void obmalloc_unlock(obmalloc_lock_state before) {
    __asm__ volatile("msr primask, %0" : : "r"(before.primask) : "memory");
}

#endif

#endif
