// SPDX-License-Identifier: MIT
/* Long random sequences against a shadow of every block: contents, alignment, the walk, nothing
 * left. */
#include "fixture.h"

enum { SLOT_COUNT = 48 };

static struct {
    unsigned char *block;
    uint32_t bytes;
    unsigned char pattern;
} slots[SLOT_COUNT];

static void check_slot(unsigned i, uint32_t bytes) {
    for (uint32_t k = 0; k < bytes; k++) {
        CHECK_EQUAL(slots[i].block[k], slots[i].pattern);
    }
}

static void set_slot(unsigned i, void *block, uint32_t bytes, uint32_t random) {
    slots[i].block = block;
    slots[i].bytes = bytes;
    slots[i].pattern = (unsigned char)(random >> 24);
    memset(block, slots[i].pattern, bytes);
}

static uint32_t random_bytes(uint32_t *state) {
    uint32_t random = next_random(state);
    uint32_t most = (random & 7u) == 0 ? 700u : (random & 3u) == 0 ? 160u : 60u;
    return (random >> 8) % most;
}

static void step(uint32_t *state) {
    uint32_t random = next_random(state);
    unsigned i = random % SLOT_COUNT;
    uint32_t bytes = random_bytes(state);
    if (slots[i].block == NULL) {
        size_t alignment = (random >> 8) % 8 == 0 ? (size_t)16 << (random >> 12) % 4 : 8;
        void *block = alignment == 8 ? take(bytes) : pools_memalign(&heap, alignment, bytes);
        if (block != NULL) {
            CHECK_EQUAL((uintptr_t)block % alignment, 0);
            set_slot(i, block, bytes, random);
        }
    } else if ((random >> 8) % 4 == 0) {
        uint32_t kept = bytes < slots[i].bytes ? bytes : slots[i].bytes;
        void *block = pools_realloc(&heap, slots[i].block, bytes);
        if (block != NULL) {
            slots[i].block = block;
            check_slot(i, kept);
            set_slot(i, block, bytes, random);
        }
    } else {
        check_slot(i, slots[i].bytes);
        CHECK_EQUAL(give(slots[i].block), POOLS_OK);
        slots[i].block = NULL;
    }
    check_sound();
}

static void storm(size_t region_bytes, unsigned step_count, uint32_t seed) {
    open_heap(region_bytes);
    size_t whole = statistics().largest_free_bytes;
    memset(slots, 0, sizeof slots);
    TEST_NOTE("seed %u", (unsigned)seed);
    for (unsigned i = 0; i < step_count; i++) {
        step(&seed);
    }
    for (unsigned i = 0; i < SLOT_COUNT; i++) {
        if (slots[i].block != NULL) {
            check_slot(i, slots[i].bytes);
            CHECK_EQUAL(give(slots[i].block), POOLS_OK);
        }
    }
    CHECK(take(whole) != NULL);
}

TEST(storm_in_a_region_that_is_always_full) {
    storm(2048, 4000, 1);
}

TEST(storm_in_a_region_that_is_nearly_full) {
    storm(6144, 4000, 2);
}

TEST(storm_in_a_region_with_room) {
    storm(24576, 6000, 3);
}

TEST_LIST = {
    TEST_ENTRY(storm_in_a_region_that_is_always_full),
    TEST_ENTRY(storm_in_a_region_that_is_nearly_full),
    TEST_ENTRY(storm_in_a_region_with_room),
};
