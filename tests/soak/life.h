// SPDX-License-Identifier: MIT
/*
 * A device's life in short: subsystems that each replay the recorded trace of a real program, wait, and begin anew,
 * in whatever order chance has it; one run in 16 ends as if the subsystem had crashed and been restarted. What runs
 * leave behind for good is a few blocks, of which each run replaces one.
 *
 * Allocates by malloc and its kin; every block's contents are checked. The same on the PC and on a board, and the
 * same for the same seed.
 */
#ifndef TESTS_SOAK_LIFE_H
#define TESTS_SOAK_LIFE_H

#include <stdbool.h>
#include <stdint.h>

/* Ten a second: a device that is never quite idle. */
#define LIFE_DAY_OPERATIONS 864000u

struct life_counts {
    uint32_t runs;       /* of a subsystem, begun */
    uint32_t crashes;    /* of these, ended in the middle */
    uint32_t failures;   /* requests that were answered with NULL */
    uint32_t mismatches; /* blocks whose contents did not hold */
};
extern struct life_counts life_counts;

/* folder: where the traces lie, without the last slash. leak_runs: 0; or a block is forgotten after so many runs,
 * for the test that this is noticed. Returns NULL, or a sentence that says what is wrong. */
const char *life_begin(const char *folder, uint32_t seed, uint32_t leak_runs);

/* Does so many calls of the allocator, or a few more. Returns false iff a trace is not whole. */
bool life_go_on(uint32_t operation_count);

/* Ends all runs, and frees all blocks. */
void life_end(void);

#endif
