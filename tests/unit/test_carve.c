// SPDX-License-Identifier: MIT
/* In a roomy region a block off the untouched part brings a few more for its pool along. */
#include "fixture.h"

enum { REGION_BYTES = 32768 };

TEST(carved_blocks_lie_side_by_side_and_serve_next) {
    for (size_t bytes = 16; bytes <= POOLS_POOLED_BYTES_MAX; bytes += 8) {
        open_heap(REGION_BYTES);
        char *first = take(bytes);
        struct pools_statistics now = statistics();
        CHECK_EQUAL(now.small_used_blocks, 1);
        unsigned ready = now.pool_ready_blocks;
        CHECK_EQUAL(now.pool_ready_bytes, ready * bytes);
        /* No more than a 128th of what is untouched. */
        size_t limit = (REGION_BYTES - now.map_bytes) / 128;
        CHECK(ready == 0 || (ready + 1) * bytes <= limit);
        CHECK(ready <= 7);
        if (bytes <= 48) {
            CHECK(ready != 0);
        }
        for (unsigned i = 1; i <= ready; i++) {
            CHECK(pools_malloc_fast(&heap, bytes) == first + i * bytes);
            check_sound();
        }
        CHECK(pools_malloc_fast(&heap, bytes) == NULL);
        char *next = take(bytes);
        CHECK(next == first + (ready + 1) * bytes);
        memset(first, 0xEE, bytes * (ready + 1));
        check_sound();
        for (unsigned i = 0; i <= ready + 1; i++) {
            CHECK_EQUAL(usable(first + i * bytes), bytes);
            CHECK_EQUAL(give(first + i * bytes), POOLS_OK);
        }
        check_nothing_left();
    }
}

/* From each place within a byte of the map, and over the edge of what has been cleared. */
TEST(carving_anywhere_keeps_the_map_right) {
    for (size_t bytes = 16; bytes <= 96; bytes += 8) {
        open_heap(REGION_BYTES);
        while (is_plenty()) {
            CHECK(take(bytes) != NULL);
            /* Of no pooled size, so that the next ones begin at another granule. */
            CHECK(take(256 + statistics().small_used_blocks % 9 * 8) != NULL);
        }
        CHECK(statistics().pool_ready_blocks <= 3);
    }
}

/* Nobody has had these blocks yet. */
TEST(a_carved_block_is_no_live_one) {
    open_heap(REGION_BYTES);
    char *first = take(24);
    CHECK(statistics().pool_ready_blocks >= 1);
    CHECK_EQUAL(give(first + 24), POOLS_DOUBLE_FREE);
    CHECK(pools_realloc(&heap, first + 24, 24) == NULL);
    CHECK(pools_realloc_fast(&heap, first + 24, 24) == NULL);
    check_sound();
    pools_reclaim(&heap);
    check_sound();
    CHECK_EQUAL(statistics().free_chunks, 1);
    CHECK_EQUAL(statistics().free_bytes, REGION_BYTES - statistics().map_bytes - 24);
}

TEST(nothing_is_carved_while_memory_is_scarce_or_little_is_untouched) {
    open_heap(REGION_BYTES);
    void *ballast = take_ballast(2048);
    CHECK(take(24) != NULL);
    CHECK_EQUAL(statistics().pool_ready_blocks, 0);
    CHECK_EQUAL(give(ballast), POOLS_OK);
    open_heap(4096);
    for (size_t bytes = 16; bytes <= 248; bytes += 8) {
        CHECK(take(bytes) != NULL);
        CHECK_EQUAL(statistics().pool_ready_blocks, 0);
    }
}

TEST_LIST = {
    TEST_ENTRY(carved_blocks_lie_side_by_side_and_serve_next),
    TEST_ENTRY(carving_anywhere_keeps_the_map_right),
    TEST_ENTRY(a_carved_block_is_no_live_one),
    TEST_ENTRY(nothing_is_carved_while_memory_is_scarce_or_little_is_untouched),
};
