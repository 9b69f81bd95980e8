// SPDX-License-Identifier: MIT
/*
 * Times calls in instructions, and prints what each took.
 *
 * Counted is what runs for the call: the call instruction, the function it calls to and including
 * its return, and nothing of the caller: no argument set-up, no reading of the tick. The counts of
 * all operations go to the console in the trace's order, as lines `calls N N - N ...` (- = an
 * operation that was skipped), so that no distribution needs room in the board's RAM.
 *
 * On a board without a usable tick, or where nobody wants counts, calls are made all the same and
 * nothing is printed.
 */
#ifndef TESTS_REPLAY_METER_H
#define TESTS_REPLAY_METER_H

#include <stdbool.h>
#include <stdint.h>

/* What can be timed: up to two words in, at most one out. The procedure call standard hands words
 * over in the same registers whatever their types, so a cast makes any such function one of these.
 */
typedef uintptr_t meter_function(uintptr_t first, uintptr_t second);

#define METER_FUNCTION(name) ((meter_function *)(void (*)(void))(name))

/* Starts the tick and times an empty function. Returns true iff the board has a tick. meter_call's
 * counts are printed iff it has and `print_counts`. */
bool meter_start(bool print_counts);

/* Calls function(first, second), stores what it returns, and returns what it took. For boards with
 * a tick, once it is started. */
uint32_t meter_count(meter_function *function, uintptr_t first, uintptr_t second,
                     uintptr_t *result);

/* Calls function(first, second) and returns what it returns. */
uintptr_t meter_call(meter_function *function, uintptr_t first, uintptr_t second);

/* Stands for an operation that is not done. */
void meter_skip(void);

/* Prints what is still to be printed. */
void meter_end(void);

#endif
