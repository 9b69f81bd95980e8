// SPDX-License-Identifier: MIT
// test-icount: 8
// test-flags: 1
// test-libcs: nano
// test-link: -Wl,--defsym=__obmalloc_arena_size=1040
/* What free takes while memory is plenty: into a pool, or merged where a block is too long for one. */
#include <stdlib.h>

#include "budget/budget.h"
#include "state.h"

enum {
    CERTAIN_BYTES_MAX = 192, /* a window of the map shows so long a block wherever it starts */
    POOLED_BYTES_MAX = 248,
    SMALL_BYTES = 512,
    LARGE_BYTES = 600,
    NEIGHBOUR_BYTES = 272,
    MAP_BYTE_GRANULES = 8
};

static uint32_t larger(uint32_t one, uint32_t other) {
    return one > other ? one : other;
}

BUDGET_CASE(free_fast) {
    uint32_t worst = 0;
    for (size_t bytes = 1; bytes <= CERTAIN_BYTES_MAX; bytes++) {
        if (bytes % 64 == 1) {
            test_region_reset();
            budget_open(BUDGET_REGION_BYTES);
        }
        worst = larger(worst, budget_free(malloc(bytes)));
    }
    budget_hold(BUDGET_free_fast, worst);
}

/* Every length of 25 granules or more from every place within a byte of the map. */
BUDGET_CASE(free_beyond_window) {
    uint32_t worst = 0;
    for (size_t bytes = CERTAIN_BYTES_MAX + 8; bytes <= POOLED_BYTES_MAX; bytes += 8) {
        for (size_t place = 2; place < 2 + MAP_BYTE_GRANULES; place++) {
            test_region_reset();
            budget_open(BUDGET_REGION_BYTES);
            CHECK(malloc(place * 8) != NULL);
            worst = larger(worst, budget_free(budget_island(bytes)));
        }
    }
    budget_hold(BUDGET_free_beyond_window, worst);
}

/* A block between two others, which are free or live. */
static void *between(size_t request_bytes, int before_is_free, int behind_is_free) {
    budget_open(BUDGET_REGION_BYTES);
    CHECK(malloc(16) != NULL);
    void *before = malloc(NEIGHBOUR_BYTES);
    void *block = malloc(request_bytes);
    void *behind = budget_island(NEIGHBOUR_BYTES);
    if (before_is_free) {
        free(before);
    }
    if (behind_is_free) {
        free(behind);
    }
    return block;
}

/* The last block before untouched memory. */
static void *last(size_t request_bytes, int before_is_free) {
    budget_open(BUDGET_REGION_BYTES);
    CHECK(malloc(16) != NULL);
    void *before = malloc(NEIGHBOUR_BYTES);
    void *block = malloc(request_bytes);
    if (before_is_free) {
        free(before);
    }
    return block;
}

BUDGET_CASE(free_small_alone) {
    budget_hold(BUDGET_free_small_alone, budget_free(between(SMALL_BYTES, 0, 0)));
}

BUDGET_CASE(free_small_merged_previous) {
    budget_hold(BUDGET_free_small_merged_previous, budget_free(between(SMALL_BYTES, 1, 0)));
}

BUDGET_CASE(free_small_merged_next) {
    budget_hold(BUDGET_free_small_merged_next, budget_free(between(SMALL_BYTES, 0, 1)));
}

BUDGET_CASE(free_small_merged_both) {
    budget_hold(BUDGET_free_small_merged_both, budget_free(between(SMALL_BYTES, 1, 1)));
}

BUDGET_CASE(free_small_merged_untouched) {
    budget_hold(BUDGET_free_small_merged_untouched, budget_free(last(SMALL_BYTES, 0)));
}

BUDGET_CASE(free_small_merged_previous_untouched) {
    budget_hold(BUDGET_free_small_merged_previous_untouched, budget_free(last(SMALL_BYTES, 1)));
}

BUDGET_CASE(free_large_alone) {
    budget_hold(BUDGET_free_large_alone, budget_free(between(LARGE_BYTES, 0, 0)));
}

BUDGET_CASE(free_large_merged_previous) {
    budget_hold(BUDGET_free_large_merged_previous, budget_free(between(LARGE_BYTES, 1, 0)));
}

BUDGET_CASE(free_large_merged_next) {
    budget_hold(BUDGET_free_large_merged_next, budget_free(between(LARGE_BYTES, 0, 1)));
}

BUDGET_CASE(free_large_merged_both) {
    budget_hold(BUDGET_free_large_merged_both, budget_free(between(LARGE_BYTES, 1, 1)));
}

BUDGET_CASE(free_large_merged_untouched) {
    budget_hold(BUDGET_free_large_merged_untouched, budget_free(last(LARGE_BYTES, 0)));
}

BUDGET_CASE(free_large_merged_previous_untouched) {
    budget_hold(BUDGET_free_large_merged_previous_untouched, budget_free(last(LARGE_BYTES, 1)));
}

BUDGET_CASE(free_null) {
    budget_open(BUDGET_REGION_BYTES);
    budget_hold(BUDGET_free_null, budget_free(NULL));
}

/* A program may have in its block, by chance or on purpose, the word that says "freed": then the
 * block is looked for among those that wait. */
BUDGET_CASE(free_imitates_ready_8_wait) {
    enum { WAITING_COUNT = 8 };
    void *waiting[WAITING_COUNT];
    budget_open(BUDGET_REGION_BYTES);
    uint32_t *block = budget_island(64);
    for (unsigned i = 0; i < WAITING_COUNT; i++) {
        waiting[i] = malloc(64);
    }
    for (unsigned i = 0; i < WAITING_COUNT; i++) {
        free(waiting[i]);
    }
    block[1] = pools_key(&obmalloc_heap);
    budget_hold(BUDGET_free_imitates_ready_8_wait, budget_free(block));
}

TEST_LIST = {
    TEST_ENTRY(free_fast),
    TEST_ENTRY(free_beyond_window),
    TEST_ENTRY(free_small_alone),
    TEST_ENTRY(free_small_merged_previous),
    TEST_ENTRY(free_small_merged_next),
    TEST_ENTRY(free_small_merged_both),
    TEST_ENTRY(free_small_merged_untouched),
    TEST_ENTRY(free_small_merged_previous_untouched),
    TEST_ENTRY(free_large_alone),
    TEST_ENTRY(free_large_merged_previous),
    TEST_ENTRY(free_large_merged_next),
    TEST_ENTRY(free_large_merged_both),
    TEST_ENTRY(free_large_merged_untouched),
    TEST_ENTRY(free_large_merged_previous_untouched),
    TEST_ENTRY(free_null),
    TEST_ENTRY(free_imitates_ready_8_wait),
};
