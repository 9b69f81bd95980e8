// SPDX-License-Identifier: MIT
/* Random operations against a shadow of every block: contents, alignment, overlap, and the walk
 * after each. */
#ifndef TESTS_UNIT_STORM_H
#define TESTS_UNIT_STORM_H

#include "fixture.h"

enum { STORM_SLOT_COUNT = 48 };

static struct {
    unsigned char *block;
    uint16_t bytes;
    uint8_t seed;
} storm_slots[STORM_SLOT_COUNT];

/* What a storm is made of; sizes are drawn below one of the limits, which are equally likely. */
struct storm {
    uint16_t size_limits[4];
    uint8_t aligned_of_16; /* how many of 16 allocations are aligned */
    uint8_t resized_of_16; /* how many of 16 operations on a live block are a realloc */
};

/* The sizes of tests/traces: nearly all small. */
static const struct storm storm_small = {{24, 48, 64, 130}, 1, 4};
/* Every kind of block and every way between them. */
static const struct storm storm_mixed = {{40, 130, 600, 900}, 3, 6};
static const struct storm storm_large = {{700, 900, 1200, 1500}, 2, 8};

static inline void storm_set(unsigned i, void *block, uint32_t bytes, uint32_t random) {
    storm_slots[i].block = block;
    storm_slots[i].bytes = (uint16_t)bytes;
    storm_slots[i].seed = (uint8_t)random;
    fill(block, bytes, storm_slots[i].seed);
}

static inline void storm_take(const struct storm *storm, unsigned i, uint32_t bytes,
                              uint32_t random) {
    bool aligned = (random >> 8) % 16 < storm->aligned_of_16;
    size_t alignment = aligned ? (size_t)16 << (random >> 12) % 4 : 8;
    void *block = aligned ? take_aligned(alignment, bytes) : take(bytes);
    if (block == NULL) {
        /* As a firmware's malloc does before it says no. */
        pools_reclaim(&heap);
        block = aligned ? take_aligned(alignment, bytes) : take(bytes);
    }
    if (block != NULL) {
        CHECK_EQUAL((uintptr_t)block % alignment, 0);
        CHECK(usable(block) >= bytes);
        storm_set(i, block, bytes, random);
    }
}

static inline void storm_give(unsigned i) {
    check_filled(storm_slots[i].block, storm_slots[i].bytes, storm_slots[i].seed);
    CHECK_EQUAL(give(storm_slots[i].block), POOLS_OK);
    storm_slots[i].block = NULL;
}

static inline void storm_resize(unsigned i, uint32_t bytes, uint32_t random) {
    uint32_t old_bytes = storm_slots[i].bytes;
    unsigned char *block = resize(storm_slots[i].block, bytes);
    if (block == NULL) {
        CHECK(bytes > old_bytes);
        check_filled(storm_slots[i].block, old_bytes, storm_slots[i].seed);
        return;
    }
    check_filled(block, bytes < old_bytes ? bytes : old_bytes, storm_slots[i].seed);
    CHECK(usable(block) >= bytes);
    storm_set(i, block, bytes, random);
}

static inline void storm_step(const struct storm *storm, uint32_t *state) {
    uint32_t random = next_random(state);
    unsigned i = random % STORM_SLOT_COUNT;
    uint32_t bytes = next_random(state);
    bytes = (bytes >> 8) % storm->size_limits[bytes % 4];
    random = next_random(state);
    if (storm_slots[i].block == NULL) {
        storm_take(storm, i, bytes, random);
    } else if ((random >> 8) % 16 < storm->resized_of_16) {
        storm_resize(i, bytes, random);
    } else {
        storm_give(i);
    }
}

static inline void storm_begin(size_t region_bytes) {
    open_heap(region_bytes);
    memset(storm_slots, 0, sizeof storm_slots);
}

static inline void storm_end(void) {
    for (unsigned i = 0; i < STORM_SLOT_COUNT; i++) {
        if (storm_slots[i].block != NULL) {
            storm_give(i);
        }
    }
    check_nothing_left();
}

#endif
