// SPDX-License-Identifier: MIT
// test-icount: 8
// test-flags: 1
// test-libcs: nano
// test-link: -Wl,--defsym=__obmalloc_arena_size=1040
/* What realloc takes. Where it copies, the copy is in the count. */
#include <stdlib.h>

#include "budget/budget.h"

static uint32_t larger(uint32_t one, uint32_t other) {
    return one > other ? one : other;
}

/* Every request that its block serves as it is, within the lengths that the map's window shows. */
BUDGET_CASE(realloc_stays_pooled) {
    budget_open(BUDGET_REGION_BYTES);
    uint32_t worst = 0;
    for (size_t capacity = 16; capacity <= 192; capacity += 8) {
        void *block = malloc(capacity);
        for (size_t bytes = capacity * 3 / 4 + 1; bytes <= capacity; bytes++) {
            void *same = block;
            worst = larger(worst, budget_realloc(&same, bytes));
            CHECK_EQUAL(same, block);
        }
        free(block);
    }
    budget_hold(BUDGET_realloc_stays_pooled, worst);
}

static void stays(enum budget_path path, size_t old_bytes, size_t new_bytes) {
    budget_open(BUDGET_REGION_BYTES);
    CHECK(malloc(16) != NULL);
    void *block = budget_island(old_bytes);
    void *same = block;
    uint32_t instructions = budget_realloc(&same, new_bytes);
    CHECK_EQUAL(same, block);
    budget_hold(path, instructions);
}

BUDGET_CASE(realloc_stays_248) {
    stays(BUDGET_realloc_stays_248, 248, 200);
}

BUDGET_CASE(realloc_stays_small) {
    stays(BUDGET_realloc_stays_small, 512, 500);
}

BUDGET_CASE(realloc_stays_large) {
    stays(BUDGET_realloc_stays_large, 1000, 900);
}

/* Grows into the free chunk behind it, of which something is left. */
static void grows_into_chunk(enum budget_path path, size_t old_bytes, size_t new_bytes) {
    budget_open(BUDGET_REGION_BYTES);
    void *block = malloc(old_bytes);
    free(budget_island(400));
    void *same = block;
    uint32_t instructions = budget_realloc(&same, new_bytes);
    CHECK_EQUAL(same, block);
    budget_hold(path, instructions);
}

static void grows_into_untouched(enum budget_path path, size_t old_bytes, size_t new_bytes) {
    budget_open(BUDGET_REGION_BYTES);
    free(malloc(1600));
    void *block = malloc(old_bytes);
    void *same = block;
    uint32_t instructions = budget_realloc(&same, new_bytes);
    CHECK_EQUAL(same, block);
    budget_hold(path, instructions);
}

BUDGET_CASE(realloc_grows_small) {
    grows_into_chunk(BUDGET_realloc_grows_small, 264, 400);
}

BUDGET_CASE(realloc_grows_small_untouched) {
    grows_into_untouched(BUDGET_realloc_grows_small_untouched, 264, 400);
}

BUDGET_CASE(realloc_grows_pooled_untouched) {
    grows_into_untouched(BUDGET_realloc_grows_pooled_untouched, 64, 128);
}

BUDGET_CASE(realloc_grows_large) {
    grows_into_chunk(BUDGET_realloc_grows_large, 600, 800);
}

BUDGET_CASE(realloc_grows_large_untouched) {
    grows_into_untouched(BUDGET_realloc_grows_large_untouched, 600, 1200);
}

BUDGET_CASE(realloc_shrinks_small) {
    stays(BUDGET_realloc_shrinks_small, 512, 272);
}

BUDGET_CASE(realloc_shrinks_large) {
    stays(BUDGET_realloc_shrinks_large, 1000, 600);
}

BUDGET_CASE(realloc_shrinks_large_to_small) {
    stays(BUDGET_realloc_shrinks_large_to_small, 1000, 300);
}

/* 24 bytes are copied. */
BUDGET_CASE(realloc_to_ready_24) {
    budget_open(BUDGET_REGION_BYTES);
    void *block = budget_island(64);
    free(budget_island(24));
    budget_hold(BUDGET_realloc_to_ready_24, budget_realloc(&block, 24));
}

/* 24 bytes are copied, into a block cut from untouched memory. */
BUDGET_CASE(realloc_moved_pooled_24) {
    budget_open(BUDGET_REGION_BYTES);
    void *block = budget_island(24);
    free(malloc(1600));
    budget_hold(BUDGET_realloc_moved_pooled_24, budget_realloc(&block, 128));
}

/* 600 bytes are copied; the new block is cut from untouched memory, the old one is not merged. */
BUDGET_CASE(realloc_moved_large_600) {
    budget_open(BUDGET_REGION_BYTES);
    void *block = budget_island(600);
    free(malloc(1600));
    budget_hold(BUDGET_realloc_moved_large_600, budget_realloc(&block, 1000));
}

/* 600 bytes are moved down into the free chunk before. */
BUDGET_CASE(realloc_slides_large_600) {
    budget_open(BUDGET_REGION_BYTES);
    void *before = malloc(400);
    void *block = budget_island(600);
    free(before);
    budget_hold(BUDGET_realloc_slides_large_600, budget_realloc(&block, 800));
    CHECK_EQUAL((char *)block - (char *)before, 8);
}

BUDGET_CASE(realloc_null) {
    budget_open(BUDGET_REGION_BYTES);
    free(budget_island(24));
    void *block = NULL;
    budget_hold(BUDGET_realloc_null, budget_realloc(&block, 24));
}

TEST_LIST = {
    TEST_ENTRY(realloc_stays_pooled),
    TEST_ENTRY(realloc_stays_248),
    TEST_ENTRY(realloc_stays_small),
    TEST_ENTRY(realloc_stays_large),
    TEST_ENTRY(realloc_grows_small),
    TEST_ENTRY(realloc_grows_small_untouched),
    TEST_ENTRY(realloc_grows_pooled_untouched),
    TEST_ENTRY(realloc_grows_large),
    TEST_ENTRY(realloc_grows_large_untouched),
    TEST_ENTRY(realloc_shrinks_small),
    TEST_ENTRY(realloc_shrinks_large),
    TEST_ENTRY(realloc_shrinks_large_to_small),
    TEST_ENTRY(realloc_to_ready_24),
    TEST_ENTRY(realloc_moved_pooled_24),
    TEST_ENTRY(realloc_moved_large_600),
    TEST_ENTRY(realloc_slides_large_600),
    TEST_ENTRY(realloc_null),
};
