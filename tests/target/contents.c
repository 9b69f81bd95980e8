// SPDX-License-Identifier: MIT
/* Live blocks keep what is written into them, to their last byte, whatever goes on around them. */
#include <malloc.h>

#include "target.h"

enum { LIVE_COUNT = 40, STEP_COUNT = 4000 };

static struct {
    unsigned char *block;
    size_t bytes;
    unsigned seed;
} live[LIVE_COUNT];

static uint32_t next_random(void) {
    static uint32_t state = 2463534242u;
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

static void set(unsigned slot, unsigned char *block, size_t bytes) {
    live[slot].block = block;
    live[slot].bytes = block == NULL ? 0 : bytes;
    live[slot].seed = next_random();
    fill(block, live[slot].bytes, live[slot].seed);
}

static void check_slot(unsigned slot) {
    CHECK(is_filled(live[slot].block, live[slot].bytes, live[slot].seed));
    if (live[slot].block != NULL) {
        CHECK_EQUAL((uintptr_t)live[slot].block % 8, 0);
        CHECK(malloc_usable_size(live[slot].block) >= live[slot].bytes);
    }
}

static void give_all(void) {
    for (unsigned slot = 0; slot < LIVE_COUNT; slot++) {
        check_slot(slot);
        free(live[slot].block);
        live[slot].block = NULL;
        live[slot].bytes = 0;
    }
    check_sound();
}

/* Enough blocks of one size that the later ones come by the fast path. */
TEST(every_small_size) {
    enum { BLOCKS_OF_A_SIZE = 6 };
    for (size_t bytes = 0; bytes <= 130; bytes++) {
        for (unsigned slot = 0; slot < BLOCKS_OF_A_SIZE; slot++) {
            set(slot, malloc(bytes), bytes);
            CHECK(live[slot].block != NULL);
        }
        give_all();
    }
}

static void step(unsigned slot) {
    static const uint16_t size_limits[] = {16, 64, 64, 64, 130, 130, 300, 700};
    size_t bytes = next_random() % size_limits[next_random() % 8];
    check_slot(slot);
    if (live[slot].block == NULL) {
        uint32_t kind = next_random() % 4;
        set(slot,
            kind == 0   ? calloc(bytes, 1)
            : kind == 1 ? memalign((size_t)8 << next_random() % 4, bytes)
                        : malloc(bytes),
            bytes);
    } else if (next_random() % 3 == 0) {
        size_t kept_bytes = live[slot].bytes < bytes ? live[slot].bytes : bytes;
        unsigned char *moved = realloc(live[slot].block, bytes + 1);
        if (moved != NULL) {
            CHECK(is_filled(moved, kept_bytes, live[slot].seed));
            set(slot, moved, bytes + 1);
        }
    } else {
        free(live[slot].block);
        set(slot, NULL, 0);
    }
}

TEST(storm) {
    for (unsigned i = 0; i < STEP_COUNT; i++) {
        step(next_random() % LIVE_COUNT);
        check_sound();
    }
    give_all();
    if (flag() == 1) {
        CHECK_EQUAL(statistics().arena_used_blocks, 0);
        CHECK_EQUAL(statistics().libc_used_blocks, 0);
    }
}

TEST_LIST = {TEST_ENTRY(every_small_size), TEST_ENTRY(storm)};
