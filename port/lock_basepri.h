// SPDX-License-Identifier: MIT
/*
 * Policy basepri: no interrupt whose priority number is OBMALLOC_LOCK_BASEPRI or above arrives while
 * the lock is held. Handlers of those priorities may allocate; more urgent ones must not, and are never
 * delayed. For ARMv7-M and ARMv8-M mainline.
 *
 * OBMALLOC_LOCK_BASEPRI: 0x01..0xFF, as it stands in the priority registers: the number is in the upper
 * bits, of which the CPU has 3 to 8. One whose bits it does not have is 0 there and masks nothing: 0x10
 * on a CPU with 3 bits. Under FreeRTOS it is configMAX_SYSCALL_INTERRUPT_PRIORITY.
 *
 * The caller is privileged, as for primask. A Cortex-M7 r0p1 wants primask: its erratum 837070 lets an
 * interrupt through after the mask is written.
 */
#ifndef OBMALLOC_LOCK_BASEPRI_H
#define OBMALLOC_LOCK_BASEPRI_H

#if __ARM_ARCH_ISA_THUMB < 2
#error "this CPU has no BASEPRI (ARMv6-M, ARMv8-M baseline): choose OBMALLOC_LOCK=primask"
#endif

#if OBMALLOC_LOCK_BASEPRI < 1 || OBMALLOC_LOCK_BASEPRI > 0xFF
#error "OBMALLOC_LOCK_BASEPRI is the priority from which interrupts are off, 0x01..0xFF, e.g. 0x40"
#endif

#define LOCK_IN_ASSEMBLY 1 /* entry_thumb2.S can take it */

#ifdef __ASSEMBLER__

#define LOCK_SPOILS_SCRATCH 1

/* As lock_primask.h. BASEPRI_MAX, because a nested call must not lower what is set. */
.macro LOCK before, scratch
    mrs     \before, basepri
    mov     \scratch, #OBMALLOC_LOCK_BASEPRI
    msr     basepri_max, \scratch
.endm

.macro UNLOCK before
    msr     basepri, \before
.endm

#else

#include <stdint.h>

typedef struct {
    uint32_t basepri;
} obmalloc_lock_state;

static inline obmalloc_lock_state obmalloc_lock(void) {
    obmalloc_lock_state before;
    __asm__ volatile("mrs %0, basepri\n\t"
                     "msr basepri_max, %1"
                     : "=&r"(before.basepri)
                     : "r"(OBMALLOC_LOCK_BASEPRI)
                     : "memory");
    return before;
}

static inline void obmalloc_unlock(obmalloc_lock_state before) {
    __asm__ volatile("msr basepri, %0" : : "r"(before.basepri) : "memory");
}

#endif

#endif
