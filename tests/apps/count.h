// SPDX-License-Identifier: MIT
/*
 * Instructions over any length of time, where board_instructions() is right for one wrap of the tick
 * only. In QEMU started with `-icount shift=8`. Takes SysTick's interrupt and the vector table.
 */
#ifndef TESTS_APPS_COUNT_H
#define TESTS_APPS_COUNT_H

#include <stdbool.h>
#include <stdint.h>

/* Starts at 0. Returns true iff the board's tick can tell instructions apart. */
bool count_start(void);

/* Returns the instructions since, to within a few; each wrap, 2.6 million instructions at 25 MHz, adds the
 * some ten of its handler. From thread mode. */
uint64_t count_instructions(void);

#endif
