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

/* The region of most cases. */
enum { BUDGET_REGION_BYTES = 8192 };

/* What the hook of the region says; nothing while start is NULL. */
extern struct obmalloc_region budget_region;

/* Opens the heap anew. Skips the case where nothing can be counted. */
void budget_open(void);

/* The same, with the map cleared as far as the cases reach: no call does that any more. */
void budget_open_cleared(void);

/* Leaves so little, in a heap that was just opened, that freed blocks are merged at once. */
void budget_make_scarce(void);

/* Returns what a call takes, the call instruction and the return included. */
uint32_t budget_malloc(size_t request_bytes, void **block);
uint32_t budget_calloc(size_t request_bytes, void **block);
uint32_t budget_realloc(void **block, size_t request_bytes);
uint32_t budget_memalign(size_t alignment_bytes, size_t request_bytes, void **block);
uint32_t budget_free(void *block);

/* A block at the start of the untouched part, and one behind it that stays live: what is freed before
 * it is not merged with what comes behind. */
void *budget_island(size_t request_bytes);

/* Blocks side by side at the start of the untouched part. Those of up to 248 bytes want scarce memory:
 * else one is cut for each together with more of its size. */
void budget_neighbours(const size_t *request_bytes, void **blocks, unsigned count);

/* Prints what was measured beside target and budget. Fails the case iff it is over the budget. */
void budget_hold(enum budget_path path, uint32_t instructions);

/* Every case's name is its path's. */
#define BUDGET_CASE(path) TEST(path)

#endif
