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

/* Into its pool, which then begins with it. */
static uint32_t pooled(size_t request_bytes) {
    void *block = malloc(request_bytes);
    uint32_t bytes = request_bytes < 16 ? 16 : ((uint32_t)request_bytes + 7) & ~7u;
    uint32_t instructions = budget_free(block);
    CHECK_EQUAL(obmalloc_heap.pools[bytes / 8], block);
    return instructions;
}

BUDGET_CASE(free_fast) {
    uint32_t worst = 0;
    for (size_t bytes = 1; bytes <= CERTAIN_BYTES_MAX; bytes++) {
        budget_open_cleared();
        worst = larger(worst, pooled(bytes));
    }
    budget_hold(BUDGET_free_fast, worst);
}

BUDGET_CASE(free_fast_16) {
    budget_open_cleared();
    budget_hold(BUDGET_free_fast_16, pooled(16));
}

BUDGET_CASE(free_fast_64) {
    budget_open_cleared();
    budget_hold(BUDGET_free_fast_64, pooled(64));
}

/* Every length of 25 granules or more from every place within a byte of the map. */
BUDGET_CASE(free_beyond_window) {
    uint32_t worst = 0;
    for (size_t bytes = CERTAIN_BYTES_MAX + 8; bytes <= POOLED_BYTES_MAX; bytes += 8) {
        for (size_t place = 0; place < MAP_BYTE_GRANULES; place++) {
            budget_open_cleared();
            CHECK(malloc(256 + place * 8) != NULL);
            worst = larger(worst, pooled(bytes));
        }
    }
    budget_hold(BUDGET_free_beyond_window, worst);
}

/* Between two others, which are free or live. */
static void *between(size_t request_bytes, int before_is_free, int behind_is_free) {
    enum { BEFORE, BLOCK, BEHIND, GUARD, COUNT };
    void *blocks[COUNT];
    budget_open_cleared();
    budget_neighbours((const size_t[]){NEIGHBOUR_BYTES, request_bytes, NEIGHBOUR_BYTES, 256},
                      blocks, COUNT);
    if (before_is_free) {
        free(blocks[BEFORE]);
    }
    if (behind_is_free) {
        free(blocks[BEHIND]);
    }
    return blocks[BLOCK];
}

/* The last block before untouched memory. */
static void *last(size_t request_bytes, int before_is_free) {
    enum { BEFORE, BLOCK, COUNT };
    void *blocks[COUNT];
    budget_open_cleared();
    budget_neighbours((const size_t[]){NEIGHBOUR_BYTES, request_bytes}, blocks, COUNT);
    if (before_is_free) {
        free(blocks[BEFORE]);
    }
    return blocks[BLOCK];
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
    budget_open();
    budget_hold(BUDGET_free_null, budget_free(NULL));
}

/* A program may have in its block, by chance or on purpose, the word that says "freed": then the
 * block is looked for among those that wait, as long as they are fewer than POOLS_KEY_LOOKS. */
BUDGET_CASE(free_imitates_ready) {
    enum { WAITING_COUNT = POOLS_KEY_LOOKS - 1 };
    void *waiting[WAITING_COUNT];
    budget_open_cleared();
    uint32_t *block = SERVED(malloc(64));
    for (unsigned i = 0; i < WAITING_COUNT; i++) {
        waiting[i] = SERVED(malloc(64));
    }
    /* What was cut together with them is in the pool as well. */
    unsigned cut_count = 0;
    while (*(uint32_t *)(uintptr_t)obmalloc_heap.pools[8] != 0) {
        CHECK(malloc(64) != NULL);
        cut_count++;
    }
    CHECK(cut_count <= WAITING_COUNT);
    for (unsigned i = 0; i < WAITING_COUNT; i++) {
        free(waiting[i]);
    }
    block[1] = pools_key(&obmalloc_heap);
    uint32_t instructions = budget_free(block);
    CHECK_EQUAL(obmalloc_state.misuse_count[OBMALLOC_MISUSE_DOUBLE_FREE], 0);
    budget_hold(BUDGET_free_imitates_ready, instructions);
}

TEST_LIST = {
    TEST_ENTRY(free_fast),
    TEST_ENTRY(free_fast_16),
    TEST_ENTRY(free_fast_64),
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
    TEST_ENTRY(free_imitates_ready),
};
