// SPDX-License-Identifier: MIT
/*
 * Which request for memory is to fail. The words of the command line:
 *
 *   fail=once|all|full   request n alone finds no memory; it and all behind it; or it is made when all memory
 *                        is really taken, which is given back behind it
 *   fail_at=N            n of the first run, 1 on; without it the program runs once, and nothing fails
 *   fail_until=N         n of the last run: the program starts again for each, by a reset (again.h)
 *   fail_every=N         every n up to this one is taken; behind it
 *   fail_step=N          one of so many, on the average: always the same ones (1 without this word)
 *   fail_of=any|firmware|libc   whose requests are counted: both, those by the public names, or those that the
 *                        C library makes for itself by its reentrant layer
 */
#ifndef TESTS_OOM_PLAN_H
#define TESTS_OOM_PLAN_H

#include <stdbool.h>
#include <stdint.h>

enum plan_mode { PLAN_ONCE, PLAN_ALL, PLAN_FULL };
enum plan_side { PLAN_FIRMWARE, PLAN_LIBC, PLAN_SIDE_COUNT };

/* What one run counted. */
struct plan_counts {
    uint32_t requests[PLAN_SIDE_COUNT];
    uint32_t hits; /* requests that failed by the plan, or were made with all memory taken */
};
extern struct plan_counts plan_counts;

struct plan {
    enum plan_mode mode;
    uint32_t at; /* 0 = nothing fails */
    bool counts_side[PLAN_SIDE_COUNT];
};

/* Sets what goes for this run, before its first request; the counts begin at 0. */
void plan_set(const struct plan *plan);

enum plan_verdict { PLAN_SERVE, PLAN_REFUSE, PLAN_SERVE_WHILE_FULL };

/* Counts a request, and says what becomes of it. */
enum plan_verdict plan_next(enum plan_side side);

/* Returns true iff the next request is to fail. */
bool plan_hits_next(enum plan_side side);

#endif
