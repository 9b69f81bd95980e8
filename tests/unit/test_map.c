// SPDX-License-Identifier: MIT
/* The map's window and change against bits one by one, for every place within a byte. */
#include "map.h"
#include "space.h"

#include "fixture.h"

enum { MAP_BYTES = 64, GRANULES = (MAP_BYTES - 4) * 8 };

static uint32_t base;

static bool bit(uint32_t granule) {
    return (*byte_at(base - 1 - granule / 8) >> (7 - granule % 8) & 1) != 0;
}

static void prepare(uint32_t seed) {
    char *memory = test_region(MAP_BYTES);
    base = (uint32_t)(uintptr_t)memory + MAP_BYTES;
    for (unsigned i = 0; i < MAP_BYTES; i++) {
        memory[i] = (char)next_random(&seed);
    }
}

TEST(a_window_shows_25_granules_or_more_and_then_zeros) {
    prepare(1);
    for (uint32_t first = 0; first <= GRANULES; first++) {
        uint32_t window = map_window(base, first);
        uint32_t shown = 32 - first % 8;
        CHECK(shown >= MAP_WINDOW_GRANULES);
        for (uint32_t i = 0; i < 32; i++) {
            CHECK_EQUAL(window >> (31 - i) & 1, i < shown && bit(first + i));
        }
    }
}

TEST(a_change_reaches_its_bits_and_no_other) {
    static uint8_t before[MAP_BYTES]; /* the smallest board's stack is 1 KiB */
    uint32_t seed = 2;
    for (uint32_t first = 0; first <= GRANULES - 32; first++) {
        test_region_reset();
        prepare(first + 3);
        memcpy(before, byte_at(base - MAP_BYTES), MAP_BYTES);
        uint32_t clear = next_random(&seed) & ~(0xFFFFFFFFu >> MAP_WINDOW_GRANULES);
        uint32_t set = next_random(&seed) & ~(0xFFFFFFFFu >> MAP_WINDOW_GRANULES);
        map_change(base, first, clear, set);
        for (uint32_t granule = 0; granule < MAP_BYTES * 8; granule++) {
            bool was = (before[MAP_BYTES - 1 - granule / 8] >> (7 - granule % 8) & 1) != 0;
            uint32_t i = granule - first;
            if (granule >= first && i < 32) {
                was = (was && (clear >> (31 - i) & 1) == 0) || (set >> (31 - i) & 1) != 0;
            }
            CHECK_EQUAL(bit(granule), was);
        }
    }
}

/* What the fast paths take for a block's length is its length, or nothing. */
TEST(sight_shows_the_right_length_or_none) {
    char *memory = test_region(MAP_BYTES);
    base = (uint32_t)(uintptr_t)memory + MAP_BYTES;
    for (uint32_t first = 1; first < 72; first++) {
        for (uint32_t granules = 1; granules < 80; granules++) {
            memset(memory, 0, MAP_BYTES);
            map_change(base, first, 0, MAP_FIRST);
            map_change(base, first + granules, 0, MAP_FIRST);
            uint32_t sight = map_sight(base, first);
            CHECK(sight == granules || sight == 0 || sight == 1 || sight == 32);
#if defined(__ARM_FEATURE_CLZ) || !defined(__arm__)
            CHECK(sight == granules || granules >= MAP_WINDOW_GRANULES);
#endif
            for (uint32_t inside = 1; inside < granules; inside++) {
                CHECK(map_sight(base, first + inside) < POOLS_CLASS_FIRST ||
                      map_sight(base, first + inside) > POOLS_CLASS_LAST);
            }
        }
    }
}

TEST(bins_are_in_order_two_a_doubling) {
    unsigned bin = 0;
    uint32_t bytes = POOLS_CHUNK_BYTES_MIN;
    while (bytes <= POOLS_REGION_BYTES_MAX) {
        unsigned here = space_bin_of(bytes);
        CHECK(here == bin || here == bin + 1);
        CHECK(here < POOLS_BIN_COUNT);
        CHECK_EQUAL(space_bin_bit(here), 0x80000000u >> here);
        /* Two a doubling, so that one bin's longest is less than half as long again. */
        CHECK(bytes <= 24 || here == POOLS_BIN_COUNT - 1 || space_bin_of(bytes * 2) == here + 2 ||
              space_bin_of(bytes * 2) == POOLS_BIN_COUNT - 1);
        bin = here;
        bytes += bytes < 100000 ? 8 : 4096;
    }
    CHECK_EQUAL(bin, POOLS_BIN_COUNT - 1);
}

TEST_LIST = {
    TEST_ENTRY(a_window_shows_25_granules_or_more_and_then_zeros),
    TEST_ENTRY(a_change_reaches_its_bits_and_no_other),
    TEST_ENTRY(sight_shows_the_right_length_or_none),
    TEST_ENTRY(bins_are_in_order_two_a_doubling),
};
