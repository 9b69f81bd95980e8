// SPDX-License-Identifier: MIT
/* The space: merging on both sides, best fit, aligned cuts, what is kept and given back under need.
 */
#include "fixture.h"

TEST(freed_neighbours_become_one_in_every_order) {
    static const unsigned char orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                               {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    for (unsigned order = 0; order < 6; order++) {
        open_heap(3072);
        char *piece[3];
        for (unsigned i = 0; i < 3; i++) {
            piece[i] = take(600);
        }
        void *guard = take(600);
        CHECK(guard != NULL);
        for (unsigned i = 0; i < 3; i++) {
            CHECK_EQUAL(give(piece[orders[order][i]]), POOLS_OK);
        }
        /* Three chunks of 608 bytes, one header. */
        CHECK(take(3 * 608 - 4) == piece[0]);
    }
}

TEST(the_smallest_hole_that_fits_is_cut) {
    open_heap(4096);
    char *wide = take(900);
    void *wall = take(16);
    char *narrow = take(620);
    void *other_wall = take(16);
    CHECK(wall != NULL && other_wall != NULL);
    CHECK_EQUAL(give(wide), POOLS_OK);
    CHECK_EQUAL(give(narrow), POOLS_OK);
    CHECK(take(600) == narrow);
    CHECK(take(700) == wide);
}

TEST(alignment_is_kept_and_costs_no_more_than_a_gap) {
    open_heap(4096);
    for (size_t alignment = 1; alignment <= 512; alignment *= 2) {
        for (size_t bytes = 0; bytes < 200; bytes += 37) {
            void *block = pools_memalign(&heap, alignment, bytes);
            check_sound();
            CHECK(block != NULL);
            CHECK_EQUAL((uintptr_t)block % alignment, 0);
            CHECK_EQUAL((uintptr_t)block % 8, 0);
            memset(block, 0xEE, bytes);
            check_sound();
            CHECK_EQUAL(give(block), POOLS_OK);
        }
    }
}

TEST(an_alignment_that_is_none_is_refused) {
    static const size_t bad[] = {0, 3, 5, 7, 9, 24, 1000, 0x80000001u, SIZE_MAX};
    open_heap(2048);
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK(pools_memalign(&heap, bad[i], 16) == NULL);
        check_sound();
    }
    CHECK(pools_memalign(&heap, 16, SIZE_MAX) == NULL);
    CHECK(pools_memalign(&heap, 0x80000000u, 16) == NULL);
    CHECK(pools_memalign(&heap, 0x80000000u, 0x80000000u) == NULL);
    CHECK(pools_memalign(&heap, 4096, 2000) == NULL);
    check_sound();
}

TEST(what_is_kept_is_given_back_when_it_is_needed) {
    enum { COUNT = 12 };
    void *blocks[COUNT];
    open_heap(2048);
    size_t whole = statistics().largest_free_bytes;
    for (unsigned i = 0; i < COUNT; i++) {
        blocks[i] = take(100);
    }
    for (unsigned i = 0; i < COUNT; i++) {
        CHECK_EQUAL(give(blocks[i]), POOLS_OK);
    }
    CHECK(statistics().single_kept_bytes > 0);
    CHECK(take(whole) != NULL);
}

TEST(sizes_that_cannot_be_are_refused) {
    static const size_t bad[] = {2048,         4096,         POOLS_REGION_BYTES_MAX,
                                 0x7FFFFFFFu,  0x80000000u,  SIZE_MAX - 16,
                                 SIZE_MAX - 8, SIZE_MAX - 4, SIZE_MAX};
    open_heap(2048);
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK(take(bad[i]) == NULL);
    }
}

TEST(largest_free_bytes_can_be_had_and_not_a_byte_step_more) {
    open_heap(2048);
    void *hole = take(300);
    void *wall = take(40);
    CHECK(wall != NULL);
    CHECK_EQUAL(give(hole), POOLS_OK);
    size_t largest = statistics().largest_free_bytes;
    CHECK(take(largest + 8) == NULL);
    CHECK(take(largest) != NULL);
}

TEST_LIST = {
    TEST_ENTRY(freed_neighbours_become_one_in_every_order),
    TEST_ENTRY(the_smallest_hole_that_fits_is_cut),
    TEST_ENTRY(alignment_is_kept_and_costs_no_more_than_a_gap),
    TEST_ENTRY(an_alignment_that_is_none_is_refused),
    TEST_ENTRY(what_is_kept_is_given_back_when_it_is_needed),
    TEST_ENTRY(sizes_that_cannot_be_are_refused),
    TEST_ENTRY(largest_free_bytes_can_be_had_and_not_a_byte_step_more),
};
