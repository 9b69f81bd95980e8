// SPDX-License-Identifier: MIT
/*
 * Holds a path of the allocator to its budget of instructions.
 *
 * A case brings the firmware's heap into the state in which a call takes the path, counts that call,
 * and asks budget_hold() about it. table.inc names the paths, their targets and budgets.
 *
 * The firmware's own heap is opened anew on scratch memory for each case, so that the calls go
 * through the public symbols, with nothing of libc's beside.
 */
#ifndef TESTS_BUDGET_BUDGET_H
#define TESTS_BUDGET_BUDGET_H

#include <stddef.h>
#include <stdint.h>

#include "harness/test.h"
#include "obmalloc.h"
#include "replay/meter.h"

enum budget_path {
#define BUDGET(path, target_v7m, budget_v7m, target_v6m, budget_v6m, what) BUDGET_##path,
#include "budget/table.inc"
#undef BUDGET
    BUDGET_PATH_COUNT
};

/* The region of most cases: the smallest board has it, and 1/4 of it is a large block. */
enum { BUDGET_REGION_BYTES = 4096 };

/* What the hook of the region says; nothing while start is NULL. */
extern struct obmalloc_region budget_region;

/* Opens the heap anew. Skips the case where nothing can be counted. */
void budget_open(size_t region_bytes);

/* Returns what a call takes, the call instruction and the return included. */
uint32_t budget_malloc(size_t request_bytes, void **block);
uint32_t budget_calloc(size_t request_bytes, void **block);
uint32_t budget_realloc(void **block, size_t request_bytes);
uint32_t budget_memalign(size_t alignment_bytes, size_t request_bytes, void **block);
uint32_t budget_free(void *block);

/* A block of its own chunk, followed by one that stays live: what is freed before it is not merged
 * with what comes behind. */
void *budget_island(size_t request_bytes);

/* Leaves so little that freed blocks are merged at once, in a heap of BUDGET_REGION_BYTES. The last
 * block stays in front of what is left. */
void budget_make_scarce(void);

/* Prints what was measured beside target and budget. Fails the case iff it is over the budget. */
void budget_hold(enum budget_path path, uint32_t instructions);

/* Every case's name is its path's. */
#define BUDGET_CASE(path) TEST(path)

#endif
