// SPDX-License-Identifier: MIT
/* A pool's life: opened, full, with free blocks again, empty, its memory another class's. */
#include "fixture.h"

enum { BLOCKS_MAX = 96 };
static void *blocks[BLOCKS_MAX];

/* Takes blocks of this size until the region is full or the table is. Returns how many. */
static unsigned take_all(size_t bytes) {
    unsigned count = 0;
    while (count < BLOCKS_MAX && (blocks[count] = take(bytes)) != NULL) {
        count++;
    }
    return count;
}

static void give_all(unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        CHECK_EQUAL(give(blocks[i]), POOLS_OK);
    }
}

TEST(a_busy_class_is_served_from_pools) {
    open_heap(2048);
    take_all(16);
    struct pools_statistics now = statistics();
    CHECK(now.pool_count > 0);
    CHECK(now.pool_used_blocks > POOLS_OPEN_MISSES_SCARCE);
}

TEST(a_full_pool_serves_again_after_a_free) {
    open_heap(2048);
    unsigned count = take_all(48);
    CHECK(count > 0 && count < BLOCKS_MAX);
    for (unsigned i = 0; i < count; i++) {
        CHECK_EQUAL(give(blocks[i]), POOLS_OK);
        blocks[i] = take(48);
        CHECK(blocks[i] != NULL);
    }
    give_all(count);
}

TEST(the_block_freed_is_the_block_taken_next) {
    open_heap(2048);
    unsigned count = take_all(24);
    void *freed = blocks[count - 1];
    CHECK_EQUAL(give(freed), POOLS_OK);
    CHECK(take(24) == freed);
}

TEST(emptied_pools_serve_every_other_class) {
    open_heap(2048);
    unsigned first_count = take_all(8);
    give_all(first_count);
    for (size_t bytes = 8; bytes <= 512; bytes += 24) {
        unsigned count = take_all(bytes);
        /* As much as a fresh region holds, but for a pool and rests at most. */
        CHECK(count * bytes + 512 + 8 * count >= 2048 - 64 || count == BLOCKS_MAX);
        give_all(count);
    }
    CHECK_EQUAL(statistics().pool_used_blocks, 0);
}

TEST(all_given_back_is_one_piece_again) {
    open_heap(2048);
    size_t whole = statistics().largest_free_bytes;
    for (size_t bytes = 8; bytes <= 520; bytes += 64) {
        give_all(take_all(bytes));
    }
    void *large = take(whole);
    CHECK(large != NULL);
    CHECK_EQUAL(give(large), POOLS_OK);
    CHECK_EQUAL(statistics().largest_free_bytes, whole);
}

TEST(blocks_do_not_overlap) {
    open_heap(2048);
    unsigned count = take_all(40);
    for (unsigned i = 0; i < count; i++) {
        memset(blocks[i], (int)i, 40);
    }
    for (unsigned i = 0; i < count; i++) {
        for (unsigned k = 0; k < 40; k++) {
            CHECK_EQUAL(((unsigned char *)blocks[i])[k], i);
        }
    }
    give_all(count);
}

TEST_LIST = {
    TEST_ENTRY(a_busy_class_is_served_from_pools),
    TEST_ENTRY(a_full_pool_serves_again_after_a_free),
    TEST_ENTRY(the_block_freed_is_the_block_taken_next),
    TEST_ENTRY(emptied_pools_serve_every_other_class),
    TEST_ENTRY(all_given_back_is_one_piece_again),
    TEST_ENTRY(blocks_do_not_overlap),
};
