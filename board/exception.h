// SPDX-License-Identifier: MIT
/* Entry points of the vector table. */
#ifndef BOARD_EXCEPTION_H
#define BOARD_EXCEPTION_H

#include <stdint.h>

_Noreturn void board_reset(void);

/* Every exception but reset: reports what and where, and exits with BOARD_EXCEPTION_STATUS. */
void board_exception(void);

/* Weak, board_exception unless an image brings its own. */
void board_pendsv(void);
void board_systick(void);

/* Optional hook of an image, weak: what comes in the place of the exit, e.g. a reset. May return. */
void board_exception_ends(void) __attribute__((weak));

/* Optional, weak: says more of an address at which a memory access has faulted, before the program ends. Prints with
 * board_console_puts. pc: the instruction. */
void board_exception_explain(uint32_t address, uint32_t pc) __attribute__((weak));

enum { BOARD_EXCEPTION_STATUS = 70 };

#endif
