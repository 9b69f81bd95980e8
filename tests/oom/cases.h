// SPDX-License-Identifier: MIT
/*
 * Runs the cases of a test image in place of the harness's main, for a program that again.c runs again and again: a
 * case may fail by its own assertion where a request was refused, and the next one starts; nothing else may go wrong.
 * The words that this adds to a run's line:
 *
 *   cases=N passed=N failed=N skipped=N ended=B unasked=C unsound=C misused=C left=C uncounted=C
 *
 * ended       the last case has come to its end
 * and each of the others is the first case, 1 on, 0 = none, of which this is true:
 * unasked     failed, though nothing had been refused
 * unsound     behind it the walk finds damage, in the main heap or in one beside it
 * misused     counted more misuse than in the run in which nothing fails
 * left        passed, and left more of the blocks that it had taken than in that run
 * uncounted   behind it the allocator does not count the live blocks that there are; in images in which it always does
 */
#ifndef TESTS_OOM_CASES_H
#define TESTS_OOM_CASES_H

#include <stdint.h>

/* ---- blocks, as live.h has them, and by their addresses (cases_live.c) ------------------------------------- */

/* What is taken from here on is the next case's. */
void cases_live_begin(void);

/* The program's blocks that the case has taken and that are live. */
uint32_t cases_live_taken(void);

/* Live blocks in the main heap's region. */
uint32_t cases_live_in_main_heap(void);

#endif
