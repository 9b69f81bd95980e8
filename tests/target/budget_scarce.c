// SPDX-License-Identifier: MIT
// test-icount: 8
// test-flags: 1
// test-libcs: nano
// test-link: -Wl,--defsym=__obmalloc_arena_size=1040
/* What malloc and free take in scarce memory: blocks of other pools are used up, and freed blocks
 * are merged at once. */
#include <stdlib.h>

#include "budget/budget.h"
#include "state.h"

/* The first pools that a request looks into, in a heap that was just opened. */
enum { FIRST_LOOK_BYTES = 240, SECOND_LOOK_BYTES = 232, BOTH_BYTES = 504 };

static void takes(enum budget_path path, size_t request_bytes, const void *expected) {
    void *block;
    uint32_t instructions = budget_malloc(request_bytes, &block);
    CHECK_EQUAL(block, expected);
    budget_hold(path, instructions);
}

/* A ready block of so many bytes, the only one of any pool; then scarce memory. What lies behind it is
 * live, or free. Both are cut from a free chunk: from untouched memory more would be cut for the pool. */
static void *ready_in_scarce(size_t ready_bytes, int behind_is_free) {
    budget_open_cleared();
    void *both = budget_island(BOTH_BYTES);
    free(both);
    void *ready = malloc(ready_bytes);
    void *behind = malloc(BOTH_BYTES - ready_bytes);
    CHECK_EQUAL(ready, both);
    CHECK_EQUAL(behind, (char *)ready + ready_bytes);
    free(ready);
    budget_make_scarce();
    if (behind_is_free) {
        free(behind);
    }
    CHECK_EQUAL(obmalloc_heap.pools[ready_bytes / 8], ready);
    return ready;
}

BUDGET_CASE(malloc_other_pool_whole) {
    void *ready = ready_in_scarce(FIRST_LOOK_BYTES, 0);
    takes(BUDGET_malloc_other_pool_whole, FIRST_LOOK_BYTES - 8, ready);
}

BUDGET_CASE(malloc_other_pool_cut) {
    takes(BUDGET_malloc_other_pool_cut, 56, ready_in_scarce(FIRST_LOOK_BYTES, 0));
}

BUDGET_CASE(malloc_other_pool_second_look) {
    takes(BUDGET_malloc_other_pool_second_look, 56, ready_in_scarce(SECOND_LOOK_BYTES, 0));
}

BUDGET_CASE(malloc_other_pool_rest_merged) {
    takes(BUDGET_malloc_other_pool_rest_merged, 56, ready_in_scarce(SECOND_LOOK_BYTES, 1));
}

BUDGET_CASE(malloc_scarce_untouched) {
    budget_open_cleared();
    budget_make_scarce();
    takes(BUDGET_malloc_scarce_untouched, 56, (void *)(uintptr_t)obmalloc_heap.untouched);
}

/* Both looks in vain, then a bin whose chunks are too short, then one of a bin above is split. 16..23
 * granules share a bin. */
BUDGET_CASE(malloc_scarce_next_bin) {
    enum { LONGEST, SHORT_ONE = 2, SHORT_TWO = 4, COUNT = 6 };
    void *blocks[COUNT];
    budget_open_cleared();
    budget_make_scarce();
    budget_neighbours((const size_t[]){504, 16, 136, 16, 144, 16}, blocks, COUNT);
    free(blocks[LONGEST]);
    free(blocks[SHORT_ONE]);
    free(blocks[SHORT_TWO]);
    takes(BUDGET_malloc_scarce_next_bin, 176, blocks[LONGEST]);
}

/* Between two blocks of 96 bytes, free or live. */
static void merges(enum budget_path path, size_t request_bytes, int before_is_free,
                   int behind_is_free) {
    enum { BEFORE, BLOCK, BEHIND, GUARD, COUNT };
    void *blocks[COUNT];
    budget_open_cleared();
    budget_make_scarce();
    budget_neighbours((const size_t[]){96, request_bytes, 96, 16}, blocks, COUNT);
    if (before_is_free) {
        free(blocks[BEFORE]);
    }
    if (behind_is_free) {
        free(blocks[BEHIND]);
    }
    budget_hold(path, budget_free(blocks[BLOCK]));
}

BUDGET_CASE(free_scarce_alone) {
    merges(BUDGET_free_scarce_alone, 64, 0, 0);
}

BUDGET_CASE(free_scarce_merged_previous) {
    merges(BUDGET_free_scarce_merged_previous, 64, 1, 0);
}

BUDGET_CASE(free_scarce_merged_next) {
    merges(BUDGET_free_scarce_merged_next, 64, 0, 1);
}

BUDGET_CASE(free_scarce_merged_both) {
    merges(BUDGET_free_scarce_merged_both, 64, 1, 1);
}

/* Its end is not in the map's first window. */
BUDGET_CASE(free_scarce_248_merged_both) {
    merges(BUDGET_free_scarce_248_merged_both, 248, 1, 1);
}

TEST_LIST = {
    TEST_ENTRY(malloc_other_pool_whole),
    TEST_ENTRY(malloc_other_pool_cut),
    TEST_ENTRY(malloc_other_pool_second_look),
    TEST_ENTRY(malloc_other_pool_rest_merged),
    TEST_ENTRY(malloc_scarce_untouched),
    TEST_ENTRY(malloc_scarce_next_bin),
    TEST_ENTRY(free_scarce_alone),
    TEST_ENTRY(free_scarce_merged_previous),
    TEST_ENTRY(free_scarce_merged_next),
    TEST_ENTRY(free_scarce_merged_both),
    TEST_ENTRY(free_scarce_248_merged_both),
};
