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
    budget_open_cleared();
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

/* The worst of all places that a block can have in the map's words, of 32 granules. */
static void stays_where(bool is_scarce, enum budget_path path, size_t old_bytes, size_t new_bytes) {
    uint32_t worst = 0;
    for (size_t shift_bytes = 0; shift_bytes < 256; shift_bytes += 8) {
        budget_open_cleared();
        if (is_scarce) {
            budget_make_scarce();
        }
        CHECK(malloc(256 + shift_bytes) != NULL);
        /* A pooled block is cut together with others: what is behind it is live either way. */
        void *block = old_bytes <= 248 ? malloc(old_bytes) : budget_island(old_bytes);
        void *same = block;
        worst = larger(worst, budget_realloc(&same, new_bytes));
        CHECK_EQUAL(same, block);
    }
    budget_hold(path, worst);
}

static void stays(enum budget_path path, size_t old_bytes, size_t new_bytes) {
    stays_where(false, path, old_bytes, new_bytes);
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

/* Grows into what follows it: a free chunk, of which something is left, or the untouched part. */
static void grows(enum budget_path path, size_t old_bytes, size_t new_bytes, size_t chunk_bytes) {
    enum { BLOCK, BEHIND, GUARD, COUNT };
    void *blocks[COUNT];
    budget_neighbours((const size_t[]){old_bytes, chunk_bytes, 256}, blocks,
                      chunk_bytes != 0 ? COUNT : BEHIND);
    if (chunk_bytes != 0) {
        free(blocks[BEHIND]);
    }
    void *same = blocks[BLOCK];
    uint32_t instructions = budget_realloc(&same, new_bytes);
    CHECK_EQUAL(same, blocks[BLOCK]);
    budget_hold(path, instructions);
}

BUDGET_CASE(realloc_grows_small) {
    budget_open_cleared();
    grows(BUDGET_realloc_grows_small, 264, 400, 400);
}

BUDGET_CASE(realloc_grows_small_untouched) {
    budget_open_cleared();
    grows(BUDGET_realloc_grows_small_untouched, 264, 400, 0);
}

BUDGET_CASE(realloc_grows_pooled_untouched) {
    budget_open_cleared();
    budget_make_scarce();
    grows(BUDGET_realloc_grows_pooled_untouched, 64, 128, 0);
}

BUDGET_CASE(realloc_grows_large) {
    budget_open_cleared();
    grows(BUDGET_realloc_grows_large, 600, 800, 400);
}

BUDGET_CASE(realloc_grows_large_untouched) {
    budget_open_cleared();
    grows(BUDGET_realloc_grows_large_untouched, 600, 1200, 0);
}

BUDGET_CASE(realloc_shrinks_small) {
    stays_where(true, BUDGET_realloc_shrinks_small, 512, 272);
}

BUDGET_CASE(realloc_shrinks_large) {
    stays(BUDGET_realloc_shrinks_large, 1000, 600);
}

/* The bytes of the shorter block are copied. `to`: where it shall go, or 0 = wherever it goes. */
static void moves(enum budget_path path, void *block, size_t new_bytes, const void *to) {
    void *moved = block;
    uint32_t instructions = budget_realloc(&moved, new_bytes);
    CHECK(moved != block);
    CHECK(to == NULL || moved == to);
    budget_hold(path, instructions);
}

BUDGET_CASE(realloc_to_ready_24) {
    budget_open_cleared();
    void *block = malloc(64);
    void *ready = malloc(24);
    free(ready);
    moves(BUDGET_realloc_to_ready_24, block, 24, ready);
}

/* Into a block that is cut from untouched memory. */
BUDGET_CASE(realloc_moved_pooled_24) {
    budget_open_cleared();
    void *block = malloc(24);
    CHECK(malloc(256) != NULL);
    moves(BUDGET_realloc_moved_pooled_24, block, 128, NULL);
}

/* The same; the old block is not merged. */
static void moves_from_an_island(enum budget_path path, size_t old_bytes, size_t new_bytes) {
    budget_open_cleared();
    CHECK(malloc(256) != NULL);
    moves(path, budget_island(old_bytes), new_bytes, NULL);
}

BUDGET_CASE(realloc_moved_large_600) {
    moves_from_an_island(BUDGET_realloc_moved_large_600, 600, 1000);
}

BUDGET_CASE(realloc_shrinks_small_moved) {
    moves_from_an_island(BUDGET_realloc_shrinks_small_moved, 512, 272);
}

BUDGET_CASE(realloc_shrinks_large_to_small) {
    moves_from_an_island(BUDGET_realloc_shrinks_large_to_small, 1000, 300);
}

/* Down into the chunk before. */
BUDGET_CASE(realloc_slides_large_600) {
    enum { BEFORE, BLOCK, GUARD, COUNT };
    void *blocks[COUNT];
    budget_open_cleared();
    budget_neighbours((const size_t[]){400, 600, 256}, blocks, COUNT);
    free(blocks[BEFORE]);
    moves(BUDGET_realloc_slides_large_600, blocks[BLOCK], 800, (char *)blocks[BEFORE] + 8);
}

BUDGET_CASE(realloc_null) {
    budget_open_cleared();
    free(malloc(24));
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
    TEST_ENTRY(realloc_shrinks_small_moved),
    TEST_ENTRY(realloc_shrinks_large_to_small),
    TEST_ENTRY(realloc_to_ready_24),
    TEST_ENTRY(realloc_moved_pooled_24),
    TEST_ENTRY(realloc_moved_large_600),
    TEST_ENTRY(realloc_slides_large_600),
    TEST_ENTRY(realloc_null),
};
