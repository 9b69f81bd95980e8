// SPDX-License-Identifier: MIT
/* Pools while memory is plenty: freed blocks wait unmerged for the next request of their size. */
#include "fixture.h"

enum { BLOCKS_MAX = 40 };
static void *blocks[BLOCKS_MAX];

static void take_all(unsigned count, size_t bytes) {
    for (unsigned i = 0; i < count; i++) {
        blocks[i] = take(bytes);
        CHECK(blocks[i] != NULL);
    }
}

static void give_all(unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        CHECK_EQUAL(give(blocks[i]), POOLS_OK);
    }
}

TEST(a_fresh_heap_has_plenty_and_empty_pools) {
    open_heap(2048);
    CHECK(is_plenty());
    CHECK_EQUAL(statistics().pool_ready_blocks, 0);
    for (size_t bytes = 0; bytes <= 300; bytes++) {
        CHECK(pools_malloc_fast(&heap, bytes) == NULL);
    }
}

TEST(blocks_freed_last_are_taken_first) {
    open_heap(4096);
    for (size_t bytes = 8; bytes <= POOLS_POOLED_BYTES_MAX; bytes += 16) {
        take_all(5, bytes);
        give_all(5);
        CHECK(is_plenty());
        for (unsigned i = 5; i-- > 0;) {
            CHECK(pools_malloc_fast(&heap, bytes) == blocks[i]);
            check_sound();
        }
        CHECK(pools_malloc_fast(&heap, bytes) == NULL);
        give_all(5);
        pools_reclaim(&heap);
    }
    check_nothing_left();
}

/* Also where the program has not written to it: it must not look ready while it is live. */
TEST(a_block_goes_back_by_the_fast_path_as_often_as_it_comes) {
    open_heap(4096);
    void *block = take(40);
    for (unsigned i = 0; i < 3; i++) {
        CHECK_EQUAL(pools_free_fast(&heap, block), is_in_sight(block, 40));
        CHECK(statistics().pool_ready_blocks == 1 || give(block) == POOLS_OK);
        CHECK(pools_malloc_fast(&heap, 40) == block);
        check_sound();
    }
}

TEST(ready_blocks_are_counted_apart_from_live_ones) {
    open_heap(4096);
    take_all(10, 40);
    for (unsigned i = 0; i < 10; i++) {
        CHECK_EQUAL(give(blocks[i]), POOLS_OK);
        struct pools_statistics now = statistics();
        CHECK_EQUAL(now.pool_ready_blocks, i + 1);
        CHECK_EQUAL(now.pool_ready_bytes, 40 * (i + 1));
        CHECK_EQUAL(now.small_used_blocks, 9 - i);
        CHECK_EQUAL(now.small_used_bytes, 40 * (9 - i));
        CHECK_EQUAL(now.free_chunks, 1);
    }
}

TEST(ready_blocks_serve_their_own_size_only) {
    open_heap(4096);
    take_all(8, 64);
    give_all(8);
    static const size_t others[] = {8, 16, 48, 56, 65, 72, 128};
    for (unsigned i = 0; i < sizeof others / sizeof others[0]; i++) {
        char *other = take(others[i]);
        CHECK(other != NULL);
        for (unsigned k = 0; k < 8; k++) {
            CHECK(other + others[i] <= (char *)blocks[k] || other >= (char *)blocks[k] + 64);
        }
    }
    CHECK_EQUAL(statistics().pool_ready_blocks, 8);
    for (unsigned i = 0; i < 8; i++) {
        CHECK(take(57 + i) == blocks[7 - i]);
    }
}

TEST(blocks_above_248_bytes_are_merged_at_once) {
    open_heap(4096);
    for (size_t bytes = 241; bytes <= 640; bytes += 7) {
        void *block = take(bytes);
        CHECK(block != NULL);
        CHECK(is_plenty());
        CHECK_EQUAL(give(block), POOLS_OK);
        CHECK_EQUAL(statistics().pool_ready_blocks, bytes <= 248);
        pools_reclaim(&heap);
        check_nothing_left();
    }
}

TEST(reclaim_gives_every_pool_back) {
    open_heap(4096);
    unsigned count = 0;
    for (size_t bytes = 16; bytes <= POOLS_POOLED_BYTES_MAX && count < BLOCKS_MAX; bytes += 24) {
        blocks[count++] = take(bytes);
        blocks[count++] = take(bytes);
    }
    char *guard = take(16);
    give_all(count);
    CHECK_EQUAL(statistics().pool_ready_blocks, count);
    CHECK_EQUAL(statistics().free_chunks, 1);
    pools_reclaim(&heap);
    check_sound();
    struct pools_statistics now = statistics();
    CHECK_EQUAL(now.pool_ready_blocks, 0);
    /* All that lay side by side before the guard, and the untouched part. */
    CHECK_EQUAL(now.free_chunks, 2);
    CHECK_EQUAL(now.small_used_blocks, 1);
    CHECK(pools_malloc_fast(&heap, 16) == NULL);
    CHECK_EQUAL(give(guard), POOLS_OK);
    check_nothing_left();
}

TEST(reclaim_of_empty_pools_changes_nothing) {
    open_heap(2048);
    take_all(6, 40);
    struct pools_statistics before = statistics();
    pools_reclaim(&heap);
    check_sound();
    struct pools_statistics after = statistics();
    CHECK(memcmp(&before, &after, sizeof before) == 0);
    give_all(6);
    check_nothing_left();
}

/* What was refused because blocks waited can be had afterwards. */
TEST(reclaim_makes_room_for_a_request_that_failed) {
    open_heap(4096);
    size_t whole = statistics().largest_free_bytes;
    take_all(24, 40);
    give_all(24);
    CHECK(is_plenty());
    CHECK(take(whole) == NULL);
    pools_reclaim(&heap);
    check_sound();
    void *large = take(whole);
    CHECK(large != NULL);
    CHECK_EQUAL(give(large), POOLS_OK);
    check_nothing_left();
}

/* malloc as a whole, also where a caller knows the full function only. */
TEST(live_blocks_of_one_size_do_not_overlap) {
    open_heap(4096);
    for (unsigned round = 0; round < 3; round++) {
        take_all(BLOCKS_MAX, 40);
        for (unsigned i = 0; i < BLOCKS_MAX; i++) {
            fill(blocks[i], 40, i * 3);
        }
        check_sound();
        for (unsigned i = 0; i < BLOCKS_MAX; i++) {
            check_filled(blocks[i], 40, i * 3);
        }
        for (unsigned i = 0; i < BLOCKS_MAX; i++) {
            CHECK_EQUAL(give(blocks[(i * 7 + round) % BLOCKS_MAX]), POOLS_OK);
        }
    }
    check_nothing_left();
}

TEST_LIST = {
    TEST_ENTRY(a_fresh_heap_has_plenty_and_empty_pools),
    TEST_ENTRY(blocks_freed_last_are_taken_first),
    TEST_ENTRY(a_block_goes_back_by_the_fast_path_as_often_as_it_comes),
    TEST_ENTRY(ready_blocks_are_counted_apart_from_live_ones),
    TEST_ENTRY(ready_blocks_serve_their_own_size_only),
    TEST_ENTRY(blocks_above_248_bytes_are_merged_at_once),
    TEST_ENTRY(reclaim_gives_every_pool_back),
    TEST_ENTRY(reclaim_of_empty_pools_changes_nothing),
    TEST_ENTRY(reclaim_makes_room_for_a_request_that_failed),
    TEST_ENTRY(live_blocks_of_one_size_do_not_overlap),
};
