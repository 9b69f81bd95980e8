// SPDX-License-Identifier: MIT
/* The space: merging on both sides, which hole is cut, rests, and how much can be had. */
#include "fixture.h"

enum { PIECES = 4 };

/* Frees three or four neighbours between guards in the order that `digits` says, and takes the
 * whole. What lies behind the last one is used or, with `last_is_open`, the untouched part. */
static void merge(unsigned pieces, const unsigned char *order, size_t bytes, bool last_is_open) {
    char *piece[PIECES];
    open_heap(4096);
    void *before = take(16);
    for (unsigned i = 0; i < pieces; i++) {
        piece[i] = take(bytes);
        CHECK(piece[i] != NULL);
    }
    void *behind = last_is_open ? NULL : take(16);
    size_t untouched = statistics().largest_free_bytes;
    for (unsigned i = 0; i < pieces; i++) {
        CHECK_EQUAL(give(piece[order[i]]), POOLS_OK);
    }
    pools_reclaim(&heap);
    check_sound();
    size_t header = bytes > 512 ? 8 : 0;
    size_t whole = pieces * (bytes + header);
    struct pools_statistics now = statistics();
    CHECK_EQUAL(now.free_chunks, last_is_open ? 1 : 2);
    if (last_is_open) {
        CHECK_EQUAL(now.largest_free_bytes, untouched + whole);
    }
    char *all = take(whole > 512 ? whole - 8 : whole);
    CHECK(all == piece[0] - header + (whole > 512 ? 8 : 0));
    CHECK_EQUAL(give(all), POOLS_OK);
    CHECK_EQUAL(give(before), POOLS_OK);
    if (!last_is_open) {
        CHECK_EQUAL(give(behind), POOLS_OK);
    }
    check_nothing_left();
}

static void merge_in_every_order(size_t bytes) {
    unsigned char order[PIECES];
    for (unsigned code = 0; code < 256; code++) {
        unsigned seen = 0;
        for (unsigned i = 0; i < PIECES; i++) {
            order[i] = (unsigned char)(code >> (2 * i) & 3u);
            seen |= 1u << order[i];
        }
        if (seen == 15) {
            merge(4, order, bytes, false);
            merge(4, order, bytes, true);
        }
    }
}

TEST(freed_neighbours_become_one_in_every_order) {
    merge_in_every_order(256);
    merge_in_every_order(600);
}

/* Of every short length: where a chunk's first, second and last granule coincide. */
TEST(short_neighbours_become_one) {
    static const unsigned char orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                               {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    for (size_t bytes = 16; bytes <= 72; bytes += 8) {
        for (unsigned order = 0; order < 6; order++) {
            open_heap(4096);
            char *piece[3];
            void *before = take(16);
            for (unsigned i = 0; i < 3; i++) {
                piece[i] = take(i == 1 ? bytes : 88 - bytes);
            }
            void *behind = take(16);
            void *ballast = take_ballast(32);
            for (unsigned i = 0; i < 3; i++) {
                CHECK_EQUAL(give(piece[orders[order][i]]), POOLS_OK);
            }
            CHECK_EQUAL(statistics().free_chunks, 2);
            CHECK(take(2 * 88 - bytes) == piece[0]);
            CHECK_EQUAL(give(piece[0]), POOLS_OK);
            CHECK_EQUAL(give(behind), POOLS_OK);
            CHECK_EQUAL(give(before), POOLS_OK);
            CHECK_EQUAL(give(ballast), POOLS_OK);
            check_nothing_left();
        }
    }
}

TEST(the_smallest_hole_that_fits_is_cut) {
    open_heap(4096);
    char *wide = take(900);
    void *wall = take(16);
    char *narrow = take(620);
    void *other_wall = take(16);
    CHECK(wall != NULL && other_wall != NULL);
    CHECK_EQUAL(give(narrow), POOLS_OK);
    CHECK_EQUAL(give(wide), POOLS_OK);
    CHECK(take(600) == narrow);
    CHECK(take(700) == wide);
}

/* Holes of one bin: the freshest that is long enough, of two that are looked at. */
TEST(of_one_bin_the_freshest_that_fits_is_cut) {
    open_heap(4096);
    static const size_t sizes[] = {440, 500, 400};
    char *holes[3];
    for (unsigned i = 0; i < 3; i++) {
        holes[i] = take(sizes[i]);
        CHECK(take(16) != NULL);
    }
    for (unsigned i = 0; i < 3; i++) {
        CHECK_EQUAL(give(holes[i]), POOLS_OK);
    }
    CHECK(take(400) == holes[2]);
    CHECK(take(488) == holes[1]);
    CHECK(take(440) == holes[0]);
}

/* For every size: a hole of exactly that size is taken, whole, where the others are twice as long. */
TEST(a_hole_that_fits_exactly_is_taken) {
    for (size_t bytes = 16; bytes <= 640; bytes += 8) {
        open_heap(4096);
        char *longer = take(bytes * 2);
        CHECK(take(16) != NULL);
        char *exact = take(bytes);
        CHECK(take(16) != NULL);
        CHECK_EQUAL(give(exact), POOLS_OK);
        CHECK_EQUAL(give(longer), POOLS_OK);
        pools_reclaim(&heap);
        check_sound();
        CHECK_EQUAL(statistics().free_chunks, 3);
        CHECK(take(bytes) == exact);
        CHECK_EQUAL(usable(exact), bytes);
        CHECK_EQUAL(statistics().free_chunks, 2);
    }
}

/* 8 bytes are no chunk: the block keeps them. 16 are one. */
TEST(rests_of_8_bytes_stay_with_the_block) {
    for (size_t bytes = 16; bytes <= 640; bytes += 8) {
        for (size_t rest = 8; rest <= 24; rest += 8) {
            open_heap(4096);
            char *hole = take(bytes + rest);
            void *wall = take(16);
            CHECK_EQUAL(give(hole), POOLS_OK);
            pools_reclaim(&heap);
            /* The untouched part is smaller than the hole now. */
            void *ballast = take(statistics().largest_free_bytes);
            CHECK_EQUAL(statistics().free_chunks, 1);
            char *block = take(bytes);
            CHECK(block != NULL);
            /* Where the request is small and the hole was large, there is no header. */
            size_t hole_bytes = bytes + rest + (bytes + rest > 512 ? 8 : 0);
            size_t header = bytes > 512 ? 8 : 0;
            size_t over = hole_bytes - bytes - header;
            CHECK_EQUAL(usable(block), bytes + (over == 8 ? 8 : 0));
            CHECK_EQUAL(statistics().free_bytes, over >= 16 ? over : 0);
            memset(block, 0xEE, usable(block));
            CHECK_EQUAL(give(block), POOLS_OK);
            CHECK_EQUAL(give(wall), POOLS_OK);
            CHECK_EQUAL(give(ballast), POOLS_OK);
            check_nothing_left();
        }
    }
}

TEST(the_untouched_part_is_cut_last) {
    open_heap(4096);
    char *hole = take(800);
    CHECK(take(16) != NULL);
    size_t high_water = statistics().high_water_bytes;
    CHECK_EQUAL(give(hole), POOLS_OK);
    CHECK(take(300) == hole - 8);
    CHECK_EQUAL(statistics().high_water_bytes, high_water);
}

TEST(high_water_keeps_the_highest_byte) {
    open_heap(4096);
    CHECK_EQUAL(statistics().high_water_bytes, statistics().map_bytes);
    void *block = take(1000);
    size_t high_water = statistics().high_water_bytes;
    CHECK_EQUAL(high_water, statistics().map_bytes + 1008);
    CHECK_EQUAL(give(block), POOLS_OK);
    CHECK_EQUAL(statistics().high_water_bytes, high_water);
    CHECK(take(40) != NULL);
    CHECK_EQUAL(statistics().high_water_bytes, high_water);
    CHECK(take(2000) != NULL);
    CHECK_EQUAL(statistics().high_water_bytes, high_water + 40 + 2008 - 1008);
}

/* The search is bounded: where only the third chunk of a bin would do, the answer is no, until the
 * memory has another shape. */
TEST(a_hole_behind_two_shorter_ones_of_its_bin_is_not_found) {
    open_heap(4096);
    static const size_t sizes[] = {500, 400, 408};
    void *holes[3];
    for (unsigned i = 0; i < 3; i++) {
        holes[i] = take(sizes[i]);
        CHECK(take(16) != NULL);
    }
    CHECK(take(statistics().largest_free_bytes) != NULL);
    for (unsigned i = 0; i < 3; i++) {
        CHECK_EQUAL(give(holes[i]), POOLS_OK);
    }
    CHECK(take(500) == NULL);
    CHECK(take(400) == holes[2]);
    CHECK(take(500) == holes[0]);
}

/* At every level of the region, in a hole and at its end. */
TEST(largest_free_bytes_can_be_had_and_not_8_more) {
    for (size_t used = 16; used < 3900; used += 40) {
        open_heap(4096);
        CHECK(take(used) != NULL);
        size_t largest = statistics().largest_free_bytes;
        if (largest == 0) {
            CHECK(take(0) == NULL);
            continue;
        }
        CHECK(take(largest + 8) == NULL);
        CHECK(take(largest + 1) == NULL);
        char *block = take(largest);
        CHECK(block != NULL);
        CHECK_EQUAL(usable(block), largest);
        CHECK(statistics().free_bytes == 0 || statistics().free_bytes == 8);
    }
}

TEST(largest_free_bytes_of_a_hole) {
    for (size_t bytes = 16; bytes <= 640; bytes += 8) {
        open_heap(4096);
        void *hole = take(bytes);
        CHECK(take(16) != NULL);
        CHECK(take(statistics().largest_free_bytes) != NULL);
        CHECK_EQUAL(give(hole), POOLS_OK);
        pools_reclaim(&heap);
        CHECK_EQUAL(statistics().largest_free_bytes, bytes);
        CHECK(take(bytes + 1) == NULL);
        CHECK(take(bytes) != NULL);
    }
}

TEST_LIST = {
    TEST_ENTRY(freed_neighbours_become_one_in_every_order),
    TEST_ENTRY(short_neighbours_become_one),
    TEST_ENTRY(the_smallest_hole_that_fits_is_cut),
    TEST_ENTRY(of_one_bin_the_freshest_that_fits_is_cut),
    TEST_ENTRY(a_hole_that_fits_exactly_is_taken),
    TEST_ENTRY(rests_of_8_bytes_stay_with_the_block),
    TEST_ENTRY(the_untouched_part_is_cut_last),
    TEST_ENTRY(high_water_keeps_the_highest_byte),
    TEST_ENTRY(a_hole_behind_two_shorter_ones_of_its_bin_is_not_found),
    TEST_ENTRY(largest_free_bytes_can_be_had_and_not_8_more),
    TEST_ENTRY(largest_free_bytes_of_a_hole),
};
