// SPDX-License-Identifier: MIT
/*
 * Two interrupts at times of the test's choice, one more urgent than the other, on the boards that
 * lock.mk names. Both are timers that fire once. Under -icount shift=8, else there is no telling when.
 *
 *   tick    SysTick; on microbit, whose CPU has none, TIMER1. Priority 0x80
 *   urgent  CMSDK TIMER0 of the mps2 boards, TIMER2 of microbit. Priority 0x40
 */
#ifndef TESTS_LOCK_INTERRUPTS_H
#define TESTS_LOCK_INTERRUPTS_H

#include <stdint.h>

/* The test's. Each interrupt stays off until it is wanted again. */
void interrupts_tick(void);
void interrupts_urgent(void);

/* Sets the priorities, PendSV's lowest, and lets both arrive. */
void interrupts_start(void);

/* Neither arrives any more. */
void interrupts_stop(void);

/* instructions: 1..15000 from now, counted from the store that starts the timer. */
void interrupts_tick_in(uint32_t instructions);
void interrupts_urgent_in(uint32_t instructions);

/* As above, in ticks of the urgent timer, 1..; and how many have passed since it fired, before it is
 * wanted again. */
void interrupts_urgent_in_ticks(uint32_t ticks);
uint32_t interrupts_urgent_ticks_late(void);

/* It counts no more: the microbit's timers, of 16 bits, would fire again. */
void interrupts_urgent_stop(void);

/* The address of the instruction before which the last interrupt of a timer came. */
extern volatile uint32_t interrupts_pc;

/* Instructions in so many ticks, rounded down. */
uint32_t interrupts_instructions(uint32_t ticks);

/* Ticks of the urgent timer that are over within the last of so many instructions. */
uint32_t interrupts_ticks(uint32_t instructions);

/* Other priorities than those above, until interrupts_start() is called again. */
void interrupts_set_urgent_priority(uint32_t priority);
void interrupts_set_tick_priority(uint32_t priority);

/* The tick is not wanted any more. */
void interrupts_tick_stop(void);

#endif
