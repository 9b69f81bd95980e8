// SPDX-License-Identifier: MIT
/* realloc's fast path: a block that stays, or moves to a ready one; all else is declined and nothing
 * changed. */
#include "fixture.h"

static void declined(void *block, size_t wanted) {
    struct pools_statistics before = statistics();
    CHECK(pools_realloc_fast(&heap, block, wanted) == NULL);
    struct pools_statistics after = statistics();
    CHECK(memcmp(&before, &after, sizeof before) == 0);
}

TEST(a_block_stays_or_is_left_to_the_full_path_where_nothing_is_ready) {
    for (size_t bytes = 16; bytes <= 264; bytes += 8) {
        open_heap(2048);
        void *shift = take(bytes);
        char *block = take(bytes);
        CHECK(take(16) != NULL);
        for (size_t wanted = 0; wanted <= bytes + 8; wanted++) {
            void *resized = pools_realloc_fast(&heap, block, wanted);
            CHECK(resized == NULL || resized == block);
            if (resized == NULL) {
                CHECK(wanted > bytes || wanted * 4 <= bytes * 3 || bytes > 248 ||
                      !is_in_sight(block, bytes));
            } else {
                CHECK(wanted <= bytes);
            }
            CHECK_EQUAL(usable(block), bytes);
        }
        check_sound();
        CHECK_EQUAL(usable(shift), bytes);
    }
}

TEST(a_block_moves_to_a_ready_one_and_becomes_ready) {
    open_heap(4096);
    char *ready = take(56);
    char *block = take(24);
    CHECK(take(16) != NULL);
    CHECK_EQUAL(give(ready), POOLS_OK);
    fill(block, 24, 1);
    CHECK(pools_realloc_fast(&heap, block, 50) == ready);
    check_sound();
    check_filled(ready, 24, 1);
    CHECK_EQUAL(give(block), POOLS_DOUBLE_FREE);
    CHECK_EQUAL(statistics().pool_ready_bytes, 24);
    CHECK(pools_realloc_fast(&heap, ready, 20) == block);
    check_sound();
    check_filled(block, 20, 1);
    CHECK_EQUAL(statistics().pool_ready_bytes, 56);
    CHECK(take(56) == ready);
}

TEST(declines_what_no_block_of_248_bytes_can_hold) {
    static const size_t too_large[] = {249,          512,          4096,         0x40000000u,
                                       0x40000010u,  0x80000000u,  0xC0000010u,  0xFFFFFFF8u,
                                       SIZE_MAX / 4, SIZE_MAX / 2, SIZE_MAX - 7, SIZE_MAX};
    open_heap(2048);
    for (size_t bytes = 16; bytes <= 248; bytes += 8) {
        char *block = take(bytes);
        for (unsigned i = 0; i < sizeof too_large / sizeof too_large[0]; i++) {
            declined(block, too_large[i]);
        }
        CHECK_EQUAL(give(block), POOLS_OK);
        pools_reclaim(&heap);
    }
}

TEST(declines_whatever_is_no_live_block) {
    open_heap(2048);
    char *ready = take(40);
    char *live = take(200);
    char *large = take(600);
    CHECK_EQUAL(give(ready), POOLS_OK);
    /* One that a wrong answer could move to. */
    CHECK_EQUAL(give(take(104)), POOLS_OK);
    for (size_t wanted = 0; wanted <= 248; wanted += 13) {
        declined(NULL, wanted);
        declined(ready, wanted);
        declined(large, wanted);
        declined(large - 8, wanted);
        declined((char *)(uintptr_t)heap.base, wanted);
        declined((char *)(uintptr_t)heap.untouched, wanted);
        declined((char *)(uintptr_t)heap.end, wanted);
        for (unsigned offset = 1; offset < 200; offset++) {
            declined(live + offset, wanted);
        }
    }
}

/* The second granule of a free chunk is marked as a block's first one is. */
TEST(declines_every_address_in_a_free_chunk) {
    for (size_t bytes = 16; bytes <= 248; bytes += 8) {
        open_heap(2048);
        char *hole = take(bytes);
        CHECK(take(16) != NULL);
        memset(hole, 0, bytes);
        CHECK_EQUAL(give(hole), POOLS_OK);
        pools_reclaim(&heap);
        for (size_t offset = 0; offset < bytes; offset += 8) {
            for (size_t wanted = 0; wanted <= 248; wanted += 13) {
                declined(hole + offset, wanted);
            }
        }
    }
}

TEST(declines_all_while_scarce) {
    open_heap(2048);
    char *block = take(40);
    CHECK(pools_realloc_fast(&heap, block, 40) == block);
    take_ballast(64);
    declined(block, 40);
    declined(block, 16);
    CHECK(resize(block, 40) == block);
}

TEST_LIST = {
    TEST_ENTRY(a_block_stays_or_is_left_to_the_full_path_where_nothing_is_ready),
    TEST_ENTRY(a_block_moves_to_a_ready_one_and_becomes_ready),
    TEST_ENTRY(declines_what_no_block_of_248_bytes_can_hold),
    TEST_ENTRY(declines_whatever_is_no_live_block),
    TEST_ENTRY(declines_every_address_in_a_free_chunk),
    TEST_ENTRY(declines_all_while_scarce),
};
