// SPDX-License-Identifier: MIT
// test-icount: 8
// test-flags: 1
// test-libcs: nano
// test-link: -Wl,--defsym=__obmalloc_arena_size=1040
/* What malloc takes on each of its ways while memory is plenty. */
#include <stdlib.h>

#include "budget/budget.h"

enum { POOLED_BYTES_MAX = 248 };

static uint32_t larger(uint32_t one, uint32_t other) {
    return one > other ? one : other;
}

/* What malloc of a request takes whose class has a ready block. */
static uint32_t fast(size_t request_bytes) {
    void *block = malloc(request_bytes);
    free(block);
    uint32_t instructions = budget_malloc(request_bytes, &block);
    free(block);
    return instructions;
}

BUDGET_CASE(malloc_fast_to_8) {
    budget_open(BUDGET_REGION_BYTES);
    uint32_t worst = 0;
    for (size_t bytes = 0; bytes <= 8; bytes++) {
        worst = larger(worst, fast(bytes));
    }
    budget_hold(BUDGET_malloc_fast_to_8, worst);
}

BUDGET_CASE(malloc_fast) {
    uint32_t worst = 0;
    for (size_t bytes = 9; bytes <= POOLED_BYTES_MAX; bytes++) {
        if (bytes % 64 == 9) {
            test_region_reset();
            budget_open(BUDGET_REGION_BYTES);
        }
        worst = larger(worst, fast(bytes));
    }
    budget_hold(BUDGET_malloc_fast, worst);
}

/* Map that has been cleared before, no free chunk anywhere. */
BUDGET_CASE(malloc_untouched) {
    void *block;
    budget_open(BUDGET_REGION_BYTES);
    budget_island(64);
    budget_hold(BUDGET_malloc_untouched, budget_malloc(24, &block));
}

BUDGET_CASE(malloc_untouched_to_8) {
    void *block;
    budget_open(BUDGET_REGION_BYTES);
    budget_island(64);
    budget_hold(BUDGET_malloc_untouched_to_8, budget_malloc(1, &block));
}

BUDGET_CASE(malloc_untouched_512) {
    void *block;
    budget_open(BUDGET_REGION_BYTES);
    budget_island(64);
    budget_hold(BUDGET_malloc_untouched_512, budget_malloc(512, &block));
}

BUDGET_CASE(malloc_untouched_clears_map) {
    void *block;
    budget_open(BUDGET_REGION_BYTES);
    budget_hold(BUDGET_malloc_untouched_clears_map, budget_malloc(512, &block));
}

BUDGET_CASE(malloc_exact) {
    void *block;
    budget_open(BUDGET_REGION_BYTES);
    free(budget_island(300));
    budget_hold(BUDGET_malloc_exact, budget_malloc(300, &block));
}

/* With others before and behind it in its bin: more links to set. */
BUDGET_CASE(malloc_exact_of_several) {
    void *block;
    budget_open(BUDGET_REGION_BYTES);
    void *first = budget_island(300);
    free(budget_island(300));
    free(first);
    budget_hold(BUDGET_malloc_exact_of_several, budget_malloc(300, &block));
}

BUDGET_CASE(malloc_split) {
    void *block;
    budget_open(BUDGET_REGION_BYTES);
    free(budget_island(400));
    budget_hold(BUDGET_malloc_split, budget_malloc(100, &block));
}

/* What is left goes to a bin with others. */
BUDGET_CASE(malloc_split_to_filled_bin) {
    void *block;
    budget_open(BUDGET_REGION_BYTES);
    void *whole = budget_island(480);
    free(budget_island(280));
    free(whole);
    budget_hold(BUDGET_malloc_split_to_filled_bin, budget_malloc(192, &block));
}

/* 33..47 granules share a bin; the chunk freed last is looked at first. */
BUDGET_CASE(malloc_second_try) {
    void *block;
    budget_open(BUDGET_REGION_BYTES);
    void *longer = budget_island(376);
    void *shorter = budget_island(264);
    free(longer);
    free(shorter);
    budget_hold(BUDGET_malloc_second_try, budget_malloc(320, &block));
}

BUDGET_CASE(malloc_next_bin) {
    void *block;
    budget_open(BUDGET_REGION_BYTES);
    void *longest = budget_island(480);
    void *short_one = budget_island(264);
    void *short_two = budget_island(272);
    free(longest);
    free(short_one);
    free(short_two);
    budget_hold(BUDGET_malloc_next_bin, budget_malloc(320, &block));
}

BUDGET_CASE(malloc_large_untouched) {
    void *block;
    budget_open(BUDGET_REGION_BYTES);
    free(malloc(1600));
    budget_hold(BUDGET_malloc_large_untouched, budget_malloc(600, &block));
}

BUDGET_CASE(malloc_large_clears_map_1600) {
    void *block;
    budget_open(BUDGET_REGION_BYTES);
    budget_hold(BUDGET_malloc_large_clears_map_1600, budget_malloc(1600, &block));
}

BUDGET_CASE(malloc_large_exact) {
    void *block;
    budget_open(BUDGET_REGION_BYTES);
    free(budget_island(600));
    budget_hold(BUDGET_malloc_large_exact, budget_malloc(600, &block));
}

BUDGET_CASE(malloc_large_split) {
    void *block;
    budget_open(BUDGET_REGION_BYTES);
    free(budget_island(1000));
    budget_hold(BUDGET_malloc_large_split, budget_malloc(600, &block));
}

/* 64..95 granules share a bin. */
BUDGET_CASE(malloc_large_next_bin) {
    void *block;
    budget_open(BUDGET_REGION_BYTES);
    void *longest = budget_island(900);
    void *short_one = budget_island(520);
    void *short_two = budget_island(528);
    free(longest);
    free(short_one);
    free(short_two);
    budget_hold(BUDGET_malloc_large_next_bin, budget_malloc(640, &block));
}

TEST_LIST = {
    TEST_ENTRY(malloc_fast_to_8),       TEST_ENTRY(malloc_fast),
    TEST_ENTRY(malloc_untouched),       TEST_ENTRY(malloc_untouched_to_8),
    TEST_ENTRY(malloc_untouched_512),   TEST_ENTRY(malloc_untouched_clears_map),
    TEST_ENTRY(malloc_exact),           TEST_ENTRY(malloc_exact_of_several),
    TEST_ENTRY(malloc_split),           TEST_ENTRY(malloc_split_to_filled_bin),
    TEST_ENTRY(malloc_second_try),      TEST_ENTRY(malloc_next_bin),
    TEST_ENTRY(malloc_large_untouched), TEST_ENTRY(malloc_large_clears_map_1600),
    TEST_ENTRY(malloc_large_exact),     TEST_ENTRY(malloc_large_split),
    TEST_ENTRY(malloc_large_next_bin),
};
