// SPDX-License-Identifier: MIT
// test-icount: 8
// test-flags: 1
// test-libcs: nano
// test-link: -Wl,--defsym=__obmalloc_arena_size=1040
/* What malloc takes on each of its ways while memory is plenty. */
#include <stdlib.h>

#include "budget/budget.h"
#include "state.h"

enum { POOLED_BYTES_MAX = 248, LARGE_HEADER_BYTES = 8 };

static uint32_t larger(uint32_t one, uint32_t other) {
    return one > other ? one : other;
}

/* What malloc of a request takes whose class has a ready block. */
static uint32_t fast(size_t request_bytes) {
    budget_open();
    void *block = malloc(request_bytes);
    free(block);
    void *again;
    uint32_t instructions = budget_malloc(request_bytes, &again);
    CHECK_EQUAL(again, block);
    return instructions;
}

BUDGET_CASE(malloc_fast_to_8) {
    uint32_t worst = 0;
    for (size_t bytes = 0; bytes <= 8; bytes++) {
        worst = larger(worst, fast(bytes));
    }
    budget_hold(BUDGET_malloc_fast_to_8, worst);
}

BUDGET_CASE(malloc_fast) {
    uint32_t worst = 0;
    for (size_t bytes = 9; bytes <= POOLED_BYTES_MAX; bytes++) {
        worst = larger(worst, fast(bytes));
    }
    budget_hold(BUDGET_malloc_fast, worst);
}

/* The block comes from the start of the untouched part, with a header or without. */
static void untouched(enum budget_path path, size_t request_bytes, size_t header_bytes) {
    uintptr_t start = obmalloc_heap.untouched;
    void *block;
    uint32_t instructions = budget_malloc(request_bytes, &block);
    CHECK_EQUAL(block, start + header_bytes);
    budget_hold(path, instructions);
}

BUDGET_CASE(malloc_untouched) {
    budget_open_cleared();
    untouched(BUDGET_malloc_untouched, 24, 0);
}

BUDGET_CASE(malloc_untouched_to_8) {
    budget_open_cleared();
    untouched(BUDGET_malloc_untouched_to_8, 1, 0);
}

BUDGET_CASE(malloc_untouched_248) {
    budget_open_cleared();
    untouched(BUDGET_malloc_untouched_248, 248, 0);
}

BUDGET_CASE(malloc_untouched_512) {
    budget_open_cleared();
    untouched(BUDGET_malloc_untouched_512, 512, 0);
}

BUDGET_CASE(malloc_untouched_clears_map) {
    budget_open();
    uint32_t worst = 0;
    for (uint32_t cleared = obmalloc_heap.cleared_granules;
         obmalloc_heap.untouched + 1024 < obmalloc_heap.end;
         cleared = obmalloc_heap.cleared_granules) {
        void *block;
        uint32_t instructions = budget_malloc(248, &block);
        if (obmalloc_heap.cleared_granules != cleared) {
            worst = larger(worst, instructions);
        }
    }
    CHECK(worst != 0);
    budget_hold(BUDGET_malloc_untouched_clears_map, worst);
}

/* The block is `expected`, which lay free. */
static void takes(enum budget_path path, size_t request_bytes, const void *expected) {
    void *block;
    uint32_t instructions = budget_malloc(request_bytes, &block);
    CHECK_EQUAL(block, expected);
    budget_hold(path, instructions);
}

/* The same of a request that `freed_bytes`, freed before, can serve. */
static void takes_freed(enum budget_path path, size_t request_bytes, size_t freed_bytes) {
    budget_open_cleared();
    void *freed = budget_island(freed_bytes);
    free(freed);
    takes(path, request_bytes, freed);
}

BUDGET_CASE(malloc_exact) {
    takes_freed(BUDGET_malloc_exact, 304, 304);
}

/* With another one behind it in its bin: more links to set. */
BUDGET_CASE(malloc_exact_of_several) {
    budget_open_cleared();
    void *first = budget_island(304);
    free(budget_island(304));
    free(first);
    takes(BUDGET_malloc_exact_of_several, 304, first);
}

/* 8 bytes are too few for a chunk. */
BUDGET_CASE(malloc_8_bytes_longer) {
    takes_freed(BUDGET_malloc_8_bytes_longer, 296, 304);
}

BUDGET_CASE(malloc_split) {
    takes_freed(BUDGET_malloc_split, 100, 400);
}

BUDGET_CASE(malloc_split_300) {
    takes_freed(BUDGET_malloc_split_300, 300, 400);
}

/* What is left goes to a bin that holds what was left of another such chunk. */
BUDGET_CASE(malloc_split_to_filled_bin) {
    budget_open_cleared();
    void *second = budget_island(504);
    void *first = budget_island(504);
    free(second);
    free(first);
    CHECK_EQUAL(malloc(304), first);
    takes(BUDGET_malloc_split_to_filled_bin, 304, second);
}

/* 32..47 granules share a bin; the chunk freed last is looked at first. */
BUDGET_CASE(malloc_second_try) {
    budget_open_cleared();
    void *longer = budget_island(376);
    void *shorter = budget_island(264);
    free(longer);
    free(shorter);
    takes(BUDGET_malloc_second_try, 320, longer);
}

BUDGET_CASE(malloc_next_bin) {
    budget_open_cleared();
    void *longest = budget_island(504);
    void *short_one = budget_island(264);
    void *short_two = budget_island(272);
    free(longest);
    free(short_one);
    free(short_two);
    takes(BUDGET_malloc_next_bin, 320, longest);
}

BUDGET_CASE(malloc_large_untouched) {
    budget_open_cleared();
    untouched(BUDGET_malloc_large_untouched, 600, LARGE_HEADER_BYTES);
}

BUDGET_CASE(malloc_large_clears_map_6000) {
    budget_open();
    untouched(BUDGET_malloc_large_clears_map_6000, 6000, LARGE_HEADER_BYTES);
}

BUDGET_CASE(malloc_large_exact) {
    takes_freed(BUDGET_malloc_large_exact, 600, 600);
}

BUDGET_CASE(malloc_large_split) {
    takes_freed(BUDGET_malloc_large_split, 600, 1000);
}

/* Off the end from 1536 bytes on. What stays of the chunk changes its bin. */
BUDGET_CASE(malloc_large_off_end) {
    budget_open_cleared();
    uint8_t *freed = budget_island(2000);
    free(freed);
    takes(BUDGET_malloc_large_off_end, 1600, freed + 2000 - 1600);
}

/* 512..767 granules share a bin. */
BUDGET_CASE(malloc_large_off_end_in_bin) {
    budget_open_cleared();
    uint8_t *freed = budget_island(5800);
    free(freed);
    /* What is untouched must not serve it. */
    CHECK(malloc(obmalloc_heap.end - obmalloc_heap.untouched - 1000u) != NULL);
    takes(BUDGET_malloc_large_off_end_in_bin, 1600, freed + 5800 - 1600);
}

/* The chunk lies between two in its bin, and what stays of it comes before another. */
BUDGET_CASE(malloc_large_off_end_to_filled_bin) {
    budget_open_cleared();
    void *filler = budget_island(376);
    free(filler);
    CHECK_EQUAL(malloc(264), filler);
    uint8_t *last = budget_island(1712);
    uint8_t *longer = budget_island(1712);
    uint8_t *shorter = budget_island(1544);
    free(last);
    free(longer);
    free(shorter);
    takes(BUDGET_malloc_large_off_end_to_filled_bin, 1600, longer + 1712 - 1600);
}

/* 64..95 granules share a bin. */
BUDGET_CASE(malloc_large_next_bin) {
    budget_open_cleared();
    void *longest = budget_island(900);
    void *short_one = budget_island(520);
    void *short_two = budget_island(528);
    free(longest);
    free(short_one);
    free(short_two);
    takes(BUDGET_malloc_large_next_bin, 640, longest);
}

TEST_LIST = {
    TEST_ENTRY(malloc_fast_to_8),
    TEST_ENTRY(malloc_fast),
    TEST_ENTRY(malloc_untouched),
    TEST_ENTRY(malloc_untouched_to_8),
    TEST_ENTRY(malloc_untouched_248),
    TEST_ENTRY(malloc_untouched_512),
    TEST_ENTRY(malloc_untouched_clears_map),
    TEST_ENTRY(malloc_exact),
    TEST_ENTRY(malloc_exact_of_several),
    TEST_ENTRY(malloc_8_bytes_longer),
    TEST_ENTRY(malloc_split),
    TEST_ENTRY(malloc_split_300),
    TEST_ENTRY(malloc_split_to_filled_bin),
    TEST_ENTRY(malloc_second_try),
    TEST_ENTRY(malloc_next_bin),
    TEST_ENTRY(malloc_large_untouched),
    TEST_ENTRY(malloc_large_clears_map_6000),
    TEST_ENTRY(malloc_large_exact),
    TEST_ENTRY(malloc_large_split),
    TEST_ENTRY(malloc_large_off_end),
    TEST_ENTRY(malloc_large_off_end_in_bin),
    TEST_ENTRY(malloc_large_off_end_to_filled_bin),
    TEST_ENTRY(malloc_large_next_bin),
};
