// SPDX-License-Identifier: MIT
// test-icount: 8
// test-flags: 1
// test-libcs: nano
// test-link: -Wl,--defsym=__obmalloc_arena_size=1040
/* What malloc and free take in scarce memory: blocks of other pools are used up, and freed blocks
 * are merged at once. */
#include <stdlib.h>

#include "budget/budget.h"

/* The first pools that a request looks into, in a heap that was just opened. */
enum { FIRST_LOOK_BYTES = 240, SECOND_LOOK_BYTES = 232 };

/* A ready block of so many bytes, and one of `behind_bytes` behind it, live; then scarce memory. */
static void *ready_before_scarce(size_t ready_bytes, size_t behind_bytes) {
    budget_open(BUDGET_REGION_BYTES);
    void *ready = malloc(ready_bytes);
    void *behind = budget_island(behind_bytes);
    free(ready);
    budget_make_scarce();
    return behind;
}

BUDGET_CASE(malloc_other_pool_whole) {
    void *block;
    ready_before_scarce(FIRST_LOOK_BYTES, 16);
    budget_hold(BUDGET_malloc_other_pool_whole, budget_malloc(FIRST_LOOK_BYTES - 8, &block));
}

BUDGET_CASE(malloc_other_pool_cut) {
    void *block;
    ready_before_scarce(FIRST_LOOK_BYTES, 16);
    budget_hold(BUDGET_malloc_other_pool_cut, budget_malloc(56, &block));
}

BUDGET_CASE(malloc_other_pool_second_look) {
    void *block;
    ready_before_scarce(SECOND_LOOK_BYTES, 16);
    budget_hold(BUDGET_malloc_other_pool_second_look, budget_malloc(56, &block));
}

BUDGET_CASE(malloc_other_pool_rest_merged) {
    void *block;
    void *behind = ready_before_scarce(SECOND_LOOK_BYTES, 64);
    free(behind);
    budget_hold(BUDGET_malloc_other_pool_rest_merged, budget_malloc(56, &block));
}

/* Both looks in vain, then a bin whose chunks are too short, then one of a bin above is split. */
BUDGET_CASE(malloc_scarce_next_bin) {
    void *block;
    budget_open(BUDGET_REGION_BYTES);
    void *longest = budget_island(480);
    void *short_one = budget_island(136);
    void *short_two = budget_island(144);
    budget_make_scarce();
    free(longest);
    free(short_one);
    free(short_two);
    budget_hold(BUDGET_malloc_scarce_next_bin, budget_malloc(176, &block));
}

/* Between two free chunks of 96 bytes each, or between live blocks. */
static void *between(size_t request_bytes, int before_is_free, int behind_is_free) {
    budget_open(BUDGET_REGION_BYTES);
    void *before = malloc(96);
    void *block = malloc(request_bytes);
    void *behind = budget_island(96);
    budget_make_scarce();
    if (before_is_free) {
        free(before);
    }
    if (behind_is_free) {
        free(behind);
    }
    return block;
}

BUDGET_CASE(free_scarce_alone) {
    budget_hold(BUDGET_free_scarce_alone, budget_free(between(64, 0, 0)));
}

BUDGET_CASE(free_scarce_merged_previous) {
    budget_hold(BUDGET_free_scarce_merged_previous, budget_free(between(64, 1, 0)));
}

BUDGET_CASE(free_scarce_merged_next) {
    budget_hold(BUDGET_free_scarce_merged_next, budget_free(between(64, 0, 1)));
}

BUDGET_CASE(free_scarce_merged_both) {
    budget_hold(BUDGET_free_scarce_merged_both, budget_free(between(64, 1, 1)));
}

/* Its end is not in the map's first window. */
BUDGET_CASE(free_scarce_248_merged_both) {
    budget_hold(BUDGET_free_scarce_248_merged_both, budget_free(between(248, 1, 1)));
}

TEST_LIST = {
    TEST_ENTRY(malloc_other_pool_whole),       TEST_ENTRY(malloc_other_pool_cut),
    TEST_ENTRY(malloc_other_pool_second_look), TEST_ENTRY(malloc_other_pool_rest_merged),
    TEST_ENTRY(malloc_scarce_next_bin),        TEST_ENTRY(free_scarce_alone),
    TEST_ENTRY(free_scarce_merged_previous),   TEST_ENTRY(free_scarce_merged_next),
    TEST_ENTRY(free_scarce_merged_both),       TEST_ENTRY(free_scarce_248_merged_both),
};
