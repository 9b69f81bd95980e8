// SPDX-License-Identifier: MIT
/* realloc from each class to each other that has a ready block, and of a block whose end is nowhere. */
// test-libcs: nano
// test-flags: 1
#include <malloc.h>

#include "map.h"
#include "state.h"
#include "target.h"

enum { FIRST_BYTES = 16, POOLED_BYTES = 248, BLOCK_COUNT = 8 };

static unsigned corrupt_count;

void obmalloc_misuse(const struct obmalloc_misuse *report) {
    corrupt_count += report->kind == OBMALLOC_MISUSE_CORRUPT;
}

TEST(from_each_class_to_each) {
    for (size_t from = FIRST_BYTES; from <= POOLED_BYTES; from += 8) {
        for (size_t to = FIRST_BYTES; to <= POOLED_BYTES; to += 8) {
            char *ready = malloc(to);
            char *block = malloc(from);
            CHECK(ready != NULL && block != NULL);
            free(ready);
            fill(block, from, (unsigned)(from + to));
            block = realloc(block, to);
            CHECK(block != NULL);
            CHECK(is_filled(block, from < to ? from : to, (unsigned)(from + to)));
            CHECK(malloc_usable_size(block) >= to);
            free(block);
        }
    }
    check_sound();
}

/* The longest copy of the fast path, from every place within a byte of the map: not from each is the block's end in
 * sight. */
TEST(the_longest_from_every_place) {
    enum { PLACE_COUNT = 16, FROM_BYTES = 240 };
    static char *kept[PLACE_COUNT][3];
    for (unsigned i = 0; i < PLACE_COUNT; i++) {
        kept[i][0] = malloc(FIRST_BYTES);
        kept[i][1] = malloc(FROM_BYTES);
        kept[i][2] = malloc(FIRST_BYTES + 8);
        if (kept[i][1] == NULL) {
            SKIP("the board's RAM is too small");
        }
    }
    for (unsigned i = 0; i < PLACE_COUNT; i++) {
        char *ready = malloc(POOLED_BYTES);
        free(ready);
        fill(kept[i][1], FROM_BYTES, i);
        char *longer = realloc(kept[i][1], POOLED_BYTES);
        if (longer == NULL) {
            SKIP("the board's RAM is too small");
        }
        kept[i][1] = longer;
        CHECK(is_filled(kept[i][1], FROM_BYTES, i));
    }
    check_sound();
    for (unsigned i = 0; i < PLACE_COUNT; i++) {
        for (unsigned j = 0; j < 3; j++) {
            free(kept[i][j]);
        }
    }
    check_sound();
}

/* Its neighbours' first bits are gone from the map, as a stray write may do it. */
TEST(a_block_without_end_is_refused) {
    char *blocks[BLOCK_COUNT];
    for (unsigned i = 0; i < BLOCK_COUNT; i++) {
        blocks[i] = malloc(512);
        if (blocks[i] == NULL || !is_in_arena(blocks[i])) {
            SKIP("the board's arena is too small");
        }
    }
    uint32_t base = obmalloc_heap.base;
    for (unsigned i = 2; i < BLOCK_COUNT - 1; i++) {
        map_change(base, map_granule(base, (uint32_t)(uintptr_t)blocks[i]), MAP_FIRST, 0);
    }
    errno = 0;
    void *longer = realloc(blocks[1], 600);
    int error = errno;
    void *shorter = realloc(blocks[1], 500);
    for (unsigned i = 2; i < BLOCK_COUNT - 1; i++) {
        map_change(base, map_granule(base, (uint32_t)(uintptr_t)blocks[i]), 0, MAP_FIRST);
    }
    CHECK(longer == NULL && shorter == NULL);
    CHECK_EQUAL(error, EINVAL);
    CHECK(corrupt_count >= 2);
    for (unsigned i = 0; i < BLOCK_COUNT; i++) {
        free(blocks[i]);
    }
    check_sound();
}

TEST_LIST = {TEST_ENTRY(from_each_class_to_each), TEST_ENTRY(the_longest_from_every_place),
             TEST_ENTRY(a_block_without_end_is_refused)};
