// SPDX-License-Identifier: MIT
/*
 * Runs the cases of a unit test again and again, each for itself; in run n its request n to the pools is made while its
 * heap is really full. If that is refused, the case ends there, because it was not written for that; if not, it goes on as it
 * likes. A case begins with a heap of its own, so that nothing is reset between two runs. Every n up to the word
 * fail_every=N is tried, behind it about as many again, the same ones each time. A line for each case:
 *
 *   @@ case=NAME requests=N tried=N refused=N failed=N unasked=N unsound=N changed=N uncounted=N
 *
 * refused, failed   runs that ended by a refusal, or by an assertion of the case's
 * and of each of the others the first run, 0 = none, of which this is true, where it is not when no heap is full:
 * unasked     failed, though no heap was full; 1 also if it does when nothing is tried
 * unsound     behind it the walk finds damage
 * changed     a block that could not be resized is not as it was
 * uncounted   behind it the heap does not count the live blocks that there are
 * and at last `@@ end`; or `@@ stopped=NAME at=N status=N`, as exit statuses say why. show=1 shows assertions.
 */
#ifndef TESTS_OOM_UNITS_H
#define TESTS_OOM_UNITS_H

#include <stdbool.h>
#include <stdint.h>

struct pools_heap;

/* The heap of the last call, and the blocks of it that are live, counted outside (unit_pools.c). */
extern struct pools_heap *units_heap;
extern int32_t units_live_blocks;

/* Ends the case. kept: the block that was to be resized, if there is one, is as it was. */
_Noreturn void units_refused(bool kept);

#endif
