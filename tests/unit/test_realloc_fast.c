// SPDX-License-Identifier: MIT
/* realloc's fast path: it says that a block stays exactly where the full path leaves it as it is. */
#include "fixture.h"

TEST(agrees_with_the_full_path_on_every_size) {
    for (size_t bytes = 16; bytes <= 264; bytes += 8) {
        open_heap(2048);
        void *shift = take(bytes);
        char *block = take(bytes);
        CHECK(take(16) != NULL);
        for (size_t wanted = 0; wanted <= bytes + 8; wanted++) {
            bool stays = pools_realloc_fast(&heap, block, wanted);
            if (stays) {
                CHECK(wanted <= bytes && wanted * 4 > bytes * 3);
                CHECK(pools_realloc(&heap, block, wanted) == block);
                CHECK_EQUAL(usable(block), bytes);
            } else if (wanted <= bytes && wanted * 4 > bytes * 3) {
                CHECK(bytes > 24 * 8);
            }
        }
        CHECK_EQUAL(usable(shift), bytes);
    }
}

TEST(declines_what_no_block_of_248_bytes_can_hold) {
    static const size_t too_large[] = {249,          512,          4096,         0x40000000u,
                                       0x40000010u,  0x80000000u,  0xC0000010u,  0xFFFFFFF8u,
                                       SIZE_MAX / 4, SIZE_MAX / 2, SIZE_MAX - 7, SIZE_MAX};
    open_heap(2048);
    for (size_t bytes = 16; bytes <= 248; bytes += 8) {
        char *block = take(bytes);
        for (unsigned i = 0; i < sizeof too_large / sizeof too_large[0]; i++) {
            CHECK(!pools_realloc_fast(&heap, block, too_large[i]));
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
    for (size_t wanted = 0; wanted <= 248; wanted++) {
        CHECK(!pools_realloc_fast(&heap, NULL, wanted));
        CHECK(!pools_realloc_fast(&heap, ready, wanted));
        CHECK(!pools_realloc_fast(&heap, large, wanted));
        CHECK(!pools_realloc_fast(&heap, large - 8, wanted));
        CHECK(!pools_realloc_fast(&heap, (char *)(uintptr_t)heap.base, wanted));
        CHECK(!pools_realloc_fast(&heap, (char *)(uintptr_t)heap.untouched, wanted));
        CHECK(!pools_realloc_fast(&heap, (char *)(uintptr_t)heap.end, wanted));
        for (unsigned offset = 1; offset < 200; offset++) {
            CHECK(!pools_realloc_fast(&heap, live + offset, wanted));
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
            for (size_t wanted = 0; wanted <= 248; wanted++) {
                CHECK(!pools_realloc_fast(&heap, hole + offset, wanted));
            }
        }
    }
}

TEST(declines_all_while_scarce) {
    open_heap(2048);
    char *block = take(40);
    CHECK(pools_realloc_fast(&heap, block, 40));
    take_ballast(64);
    CHECK(!pools_realloc_fast(&heap, block, 40));
    CHECK(resize(block, 40) == block);
}

TEST_LIST = {
    TEST_ENTRY(agrees_with_the_full_path_on_every_size),
    TEST_ENTRY(declines_what_no_block_of_248_bytes_can_hold),
    TEST_ENTRY(declines_whatever_is_no_live_block),
    TEST_ENTRY(declines_every_address_in_a_free_chunk),
    TEST_ENTRY(declines_all_while_scarce),
};
