// SPDX-License-Identifier: MIT
/* Scarce memory: freed blocks are merged at once, and the pools are drained block by block. */
#include "fixture.h"

enum { BLOCKS_MAX = 24 };
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

/* Memory is plenty iff one free chunk is at least 9/32 of the region. */
TEST(scarce_begins_where_geometry_says) {
    for (size_t region_bytes = 1024; region_bytes <= 4096; region_bytes += 424) {
        open_heap(region_bytes);
        size_t limit = heap.plenty_chunk_bytes;
        CHECK(limit <= region_bytes * POOLS_PLENTY_CHUNK_PARTS / 32 &&
              limit + 10 * 32 > region_bytes * POOLS_PLENTY_CHUNK_PARTS / 32);
        while (take(40) != NULL) {
            CHECK_EQUAL(is_plenty(), statistics().free_bytes >= limit);
        }
        CHECK(!is_plenty());
    }
}

TEST(scarce_begins_also_when_no_free_chunk_is_long) {
    open_heap(4096);
    /* Holes of 300 bytes between walls; then the untouched part goes. */
    for (unsigned i = 0; i < 5; i++) {
        blocks[2 * i] = take(304);
        blocks[2 * i + 1] = take(16);
    }
    size_t rest = statistics().largest_free_bytes;
    void *last = take(rest - heap.plenty_chunk_bytes + 8 + 8);
    for (unsigned i = 0; i < 5; i++) {
        CHECK_EQUAL(give(blocks[2 * i]), POOLS_OK);
    }
    CHECK(statistics().free_bytes > 4096 / 4);
    CHECK(!is_plenty());
    CHECK_EQUAL(give(last), POOLS_OK);
    CHECK(is_plenty());
}

TEST(blocks_freed_while_scarce_are_merged_at_once) {
    open_heap(4096);
    take_all(10, 40);
    void *ballast = take_ballast(64);
    give_all(10);
    CHECK(!is_plenty());
    struct pools_statistics now = statistics();
    CHECK_EQUAL(now.pool_ready_blocks, 0);
    CHECK_EQUAL(now.free_chunks, 2);
    CHECK(take(10 * 40) == blocks[0]);
    CHECK_EQUAL(give(blocks[0]), POOLS_OK);
    CHECK_EQUAL(give(ballast), POOLS_OK);
    check_nothing_left();
}

TEST(the_fast_path_of_free_declines_while_scarce) {
    open_heap(4096);
    take_all(10, 40);
    take_ballast(64);
    for (unsigned i = 0; i < 10; i++) {
        CHECK(!pools_free_fast(&heap, blocks[i]));
    }
    CHECK_EQUAL(statistics().small_used_blocks, 10);
    check_sound();
}

/* Blocks wait that nobody asks for any more: shorter requests use them up, cut to size. Two pools
 * are looked at each time, so a lap over all takes 15 requests at most. */
static void use_up(size_t bytes, size_t wanted) {
    open_heap(4096);
    take_all(3, bytes);
    void *guard = take(16);
    give_all(3);
    unsigned waiting = 3;
    CHECK_EQUAL(statistics().pool_ready_blocks, waiting);
    void *ballast = take_ballast(600);
    for (unsigned requests = 0; waiting > 0; requests++) {
        CHECK(requests < 3 * 15);
        uint32_t before = statistics().small_used_blocks;
        void *block = pools_malloc_fast(&heap, wanted);
        block = block != NULL ? block : pools_malloc(&heap, wanted);
        check_sound();
        CHECK(block != NULL);
        CHECK_EQUAL(statistics().small_used_blocks, before + 1);
        unsigned now = statistics().pool_ready_blocks;
        CHECK(now == waiting || now + 1 == waiting);
        if (now < waiting) {
            CHECK(block == blocks[0] || block == blocks[1] || block == blocks[2]);
            CHECK_EQUAL(usable(block), bytes - wanted == 8 ? bytes : wanted);
        }
        waiting = now;
        /* It does not say any more that it is ready, also before the program writes to it. */
        CHECK(word_at((uint32_t)(uintptr_t)block)[1] !=
              link_key(&heap, (uint32_t)(uintptr_t)block));
        memset(block, 0xEE, usable(block));
        check_sound();
        CHECK_EQUAL(give(block), POOLS_OK);
        CHECK(!is_plenty());
    }
    CHECK_EQUAL(give(ballast), POOLS_OK);
    CHECK_EQUAL(give(guard), POOLS_OK);
    check_nothing_left();
}

TEST(ready_blocks_are_used_up_for_shorter_requests) {
    for (size_t bytes = 24; bytes <= POOLS_POOLED_BYTES_MAX; bytes += 8) {
        for (size_t wanted = 16; wanted < bytes; wanted += 24) {
            use_up(bytes, wanted);
        }
        use_up(bytes, bytes - 8);
    }
}

/* The full function by itself takes them, too, where a caller does not try the fast path first. */
TEST(ready_blocks_are_used_up_for_their_own_size_by_the_full_path) {
    open_heap(4096);
    take_all(4, 40);
    give_all(4);
    take_ballast(256);
    CHECK_EQUAL(statistics().pool_ready_blocks, 4);
    for (unsigned requests = 0; requests < 4 * 15; requests++) {
        void *block = pools_malloc(&heap, 40);
        check_sound();
        CHECK_EQUAL(pools_free(&heap, block), POOLS_OK);
    }
    CHECK_EQUAL(statistics().pool_ready_blocks, 0);
}

/* A request above 248 bytes, or an aligned one, leaves them; reclaim is what makes room for it. */
TEST(ready_blocks_stay_for_requests_that_no_pool_serves) {
    open_heap(4096);
    take_all(12, 40);
    void *guard = take(16);
    give_all(12);
    while (statistics().largest_free_bytes != 0) {
        CHECK(take(statistics().largest_free_bytes) != NULL);
    }
    CHECK(!is_plenty());
    CHECK_EQUAL(statistics().pool_ready_blocks, 12);
    CHECK(take(480) == NULL);
    CHECK(take_aligned(64, 256) == NULL);
    CHECK(take(249) == NULL);
    CHECK_EQUAL(statistics().pool_ready_blocks, 12);
    pools_reclaim(&heap);
    check_sound();
    CHECK(take(480) == blocks[0]);
    CHECK_EQUAL(give(guard), POOLS_OK);
}

/* A request that a pool serves does not care how much is free. */
TEST(pools_serve_while_scarce) {
    open_heap(4096);
    take_all(12, 40);
    give_all(12);
    take_ballast(64);
    unsigned waiting = statistics().pool_ready_blocks;
    CHECK(waiting >= 11);
    for (unsigned i = 0; i < waiting; i++) {
        CHECK(pools_malloc_fast(&heap, 40) != NULL);
        check_sound();
        CHECK_EQUAL(statistics().pool_ready_blocks, waiting - 1 - i);
    }
}

TEST(back_to_plenty_when_enough_is_given_back) {
    open_heap(4096);
    take_all(8, 40);
    void *ballast = take_ballast(128);
    CHECK_EQUAL(give(blocks[0]), POOLS_OK);
    CHECK_EQUAL(statistics().pool_ready_blocks, 0);
    CHECK_EQUAL(give(ballast), POOLS_OK);
    CHECK(is_plenty());
    CHECK(pools_free_fast(&heap, blocks[1]));
    check_sound();
    CHECK_EQUAL(statistics().pool_ready_blocks, 1);
    CHECK(take(40) == blocks[1]);
}

/* Every change of what is used, by whichever function, renews free's fast limit. */
TEST(every_function_notices_that_memory_has_become_scarce) {
    open_heap(4096);
    void *block = take(16);
    void *wide = pools_memalign(&heap, 64, 3200);
    check_sound();
    CHECK(wide != NULL && !is_plenty());
    CHECK(!pools_free_fast(&heap, block));
    CHECK_EQUAL(pools_free(&heap, wide), POOLS_OK);
    check_sound();
    CHECK(is_plenty());
    wide = take(600);
    CHECK(resize(wide, 3300) == wide);
    CHECK(!is_plenty());
    CHECK(resize(wide, 600) == wide);
    CHECK(is_plenty());
}

TEST(the_limit_of_the_fast_path_follows_the_untouched_part) {
    open_heap(4096);
    char *first = take(40);
    char *second = take(40);
    CHECK(pools_free_fast(&heap, second));
    CHECK(take(40) == second);
    pools_reclaim(&heap);
    void *large = take(300);
    CHECK(large != NULL);
    CHECK_EQUAL(give(large), POOLS_OK);
    CHECK(!pools_free_fast(&heap, large));
    CHECK(pools_free_fast(&heap, second));
    CHECK(pools_free_fast(&heap, first));
    check_nothing_left();
}

TEST_LIST = {
    TEST_ENTRY(scarce_begins_where_geometry_says),
    TEST_ENTRY(scarce_begins_also_when_no_free_chunk_is_long),
    TEST_ENTRY(blocks_freed_while_scarce_are_merged_at_once),
    TEST_ENTRY(the_fast_path_of_free_declines_while_scarce),
    TEST_ENTRY(ready_blocks_are_used_up_for_shorter_requests),
    TEST_ENTRY(ready_blocks_are_used_up_for_their_own_size_by_the_full_path),
    TEST_ENTRY(ready_blocks_stay_for_requests_that_no_pool_serves),
    TEST_ENTRY(pools_serve_while_scarce),
    TEST_ENTRY(back_to_plenty_when_enough_is_given_back),
    TEST_ENTRY(every_function_notices_that_memory_has_become_scarce),
    TEST_ENTRY(the_limit_of_the_fast_path_follows_the_untouched_part),
};
