// SPDX-License-Identifier: MIT
/*
 * Programs' phases, as tests/traces has them: a tree is built and torn down, a table doubles,
 * messages of changing size come and go, strings grow. Each leaves the next one its memory in
 * another shape.
 */
#include "storm.h"

static uint32_t state;

static uint32_t below(uint32_t limit) {
    return next_random(&state) % limit;
}

static void take_into(unsigned i, uint32_t bytes) {
    storm_take(&storm_small, i, bytes, next_random(&state));
}

/* Many nodes of few sizes, all live, then none, first to last or the other way. */
static void build_and_tear_down(unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        if (storm_slots[i].block == NULL) {
            take_into(i, below(3) * 16 + 24);
        }
    }
    bool backwards = below(2) == 0;
    for (unsigned i = 0; i < count; i++) {
        unsigned slot = backwards ? count - 1 - i : i;
        if (storm_slots[slot].block != NULL) {
            storm_give(slot);
        }
    }
}

/* A table that doubles among small blocks that stay. */
static void double_a_table(uint32_t most) {
    if (storm_slots[0].block != NULL) {
        storm_give(0);
    }
    take_into(0, 32);
    for (uint32_t bytes = 64; bytes <= most && storm_slots[0].block != NULL; bytes *= 2) {
        storm_resize(0, bytes, next_random(&state));
        unsigned i = 1 + below(STORM_SLOT_COUNT - 1);
        if (storm_slots[i].block == NULL) {
            take_into(i, below(60));
        }
    }
    if (storm_slots[0].block != NULL) {
        storm_resize(0, 40, next_random(&state));
    }
}

/* First in, first out, one size for a while and then another. */
static void pass_messages(unsigned count, uint32_t most) {
    uint32_t bytes = 16 + below(most);
    for (unsigned n = 0; n < count; n++) {
        unsigned i = STORM_SLOT_COUNT / 2 + n % (STORM_SLOT_COUNT / 2);
        if (storm_slots[i].block != NULL) {
            storm_give(i);
        }
        take_into(i, bytes);
    }
}

/* A string grows by a few bytes at a time, its copies stay for a while. */
static void grow_a_string(uint32_t most) {
    unsigned i = below(STORM_SLOT_COUNT);
    if (storm_slots[i].block == NULL) {
        take_into(i, 8);
    }
    for (uint32_t bytes = 8; bytes < most && storm_slots[i].block != NULL; bytes += 7 + below(40)) {
        storm_resize(i, bytes, next_random(&state));
    }
}

static void play(size_t region_bytes, uint32_t seed) {
    TEST_NOTE("region %u bytes, seed %u", (unsigned)region_bytes, (unsigned)seed);
    state = seed;
    storm_begin(region_bytes);
    for (unsigned phase = 0; phase < 60; phase++) {
        switch (below(4)) {
        case 0:
            build_and_tear_down(STORM_SLOT_COUNT);
            break;
        case 1:
            double_a_table((uint32_t)region_bytes / 2);
            break;
        case 2:
            pass_messages(60, (uint32_t)region_bytes / 32);
            break;
        default:
            grow_a_string((uint32_t)region_bytes / 4);
            break;
        }
    }
    storm_end();
}

TEST(phases_in_2_kib) {
    play(2048, 11);
}

TEST(phases_in_4_kib) {
    play(4096, 12);
}

TEST(phases_in_10_kib) {
    play(10240, 13);
}

TEST(phases_in_40_kib) {
    play(40960, 14);
}

/* One after the other: what the last phase needs is had, whatever the first ones left behind. */
TEST(each_phase_has_all_of_the_region) {
    open_heap(4096);
    size_t whole = statistics().largest_free_bytes;
    memset(storm_slots, 0, sizeof storm_slots);
    state = 15;
    for (unsigned phase = 0; phase < 20; phase++) {
        build_and_tear_down(STORM_SLOT_COUNT);
        pools_reclaim(&heap);
        void *all = take(whole);
        CHECK(all != NULL);
        CHECK_EQUAL(give(all), POOLS_OK);
    }
    check_nothing_left();
}

TEST_LIST = {
    TEST_ENTRY(phases_in_2_kib),
    TEST_ENTRY(phases_in_4_kib),
    TEST_ENTRY(phases_in_10_kib),
    TEST_ENTRY(phases_in_40_kib),
    TEST_ENTRY(each_phase_has_all_of_the_region),
};
