// SPDX-License-Identifier: MIT
/* Long random sequences in regions of many lengths, from always full to roomy. */
#include "storm.h"

static void storm(const struct storm *kind, size_t region_bytes, unsigned step_count,
                  uint32_t seed) {
    TEST_NOTE("region %u bytes, seed %u", (unsigned)region_bytes, (unsigned)seed);
    storm_begin(region_bytes);
    for (unsigned i = 0; i < step_count; i++) {
        storm_step(kind, &seed);
    }
    storm_end();
}

TEST(small_blocks_in_a_region_that_is_always_full) {
    storm(&storm_small, 1024, 4000, 1);
}

TEST(small_blocks_in_a_region_that_is_nearly_full) {
    storm(&storm_small, 2048, 6000, 2);
}

TEST(small_blocks_in_a_region_with_room) {
    storm(&storm_small, 4096, 6000, 3);
}

TEST(all_blocks_in_a_region_that_is_always_full) {
    storm(&storm_mixed, 3072, 6000, 4);
}

TEST(all_blocks_in_a_region_that_is_nearly_full) {
    storm(&storm_mixed, 8192, 6000, 5);
}

TEST(all_blocks_in_a_region_with_room) {
    storm(&storm_mixed, 24576, 6000, 6);
}

TEST(large_blocks_in_a_region_that_is_always_full) {
    storm(&storm_large, 4096, 4000, 7);
}

TEST(large_blocks_in_a_region_that_is_nearly_full) {
    storm(&storm_large, 20480, 6000, 8);
}

TEST(large_blocks_in_a_region_with_room) {
    storm(&storm_large, 40960, 6000, 9);
}

/* Lengths that are no round number: other maps, other limits between plenty and scarce. */
TEST(regions_of_many_lengths) {
    for (uint32_t i = 0; i < 40; i++) {
        storm(i % 2 == 0 ? &storm_small : &storm_mixed, 1024 + i * 77 % 3072, 300, 100 + i);
    }
}

/* Where a mistake is rare: many short storms, each from a heap that is new. */
TEST(many_short_storms) {
    unsigned count = test_region_bytes_max() > 65536 ? 600 : 20;
    TEST_NOTE("seeds 1000 to %u", 999 + count);
    for (uint32_t seed = 1000; seed < 1000 + count; seed++) {
        uint32_t state = seed;
        storm_begin(1024 + seed * 40 % 3072);
        for (unsigned i = 0; i < 150; i++) {
            storm_step(seed % 3 == 0 ? &storm_small : &storm_mixed, &state);
        }
        storm_end();
    }
}

TEST_LIST = {
    TEST_ENTRY(small_blocks_in_a_region_that_is_always_full),
    TEST_ENTRY(small_blocks_in_a_region_that_is_nearly_full),
    TEST_ENTRY(small_blocks_in_a_region_with_room),
    TEST_ENTRY(all_blocks_in_a_region_that_is_always_full),
    TEST_ENTRY(all_blocks_in_a_region_that_is_nearly_full),
    TEST_ENTRY(all_blocks_in_a_region_with_room),
    TEST_ENTRY(large_blocks_in_a_region_that_is_always_full),
    TEST_ENTRY(large_blocks_in_a_region_that_is_nearly_full),
    TEST_ENTRY(large_blocks_in_a_region_with_room),
    TEST_ENTRY(regions_of_many_lengths),
    TEST_ENTRY(many_short_storms),
};
