// SPDX-License-Identifier: MIT
#ifndef TESTS_COVERAGE_REGISTERS_H
#define TESTS_COVERAGE_REGISTERS_H

#include <stdint.h>

/* The exception that runs, 0 = none; the masks. */
extern uint32_t pc_ipsr, pc_primask, pc_basepri;

/* Called by what is an undefined instruction on a board; leaves by longjmp, or the program ends. */
extern void (*pc_on_undefined_instruction)(void);
void pc_undefined_instruction(void);

/* Runs the handler of PendSV if that pends. */
void pc_take_pending(void);

#endif
