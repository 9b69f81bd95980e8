// SPDX-License-Identifier: MIT
// test-libcs: nano
/* Each flipped bit of what the port knows is found by obmalloc_check, and by its slices, or only reports depend on it. */
#include "obmalloc_heap.h"
#include "state.h"
#include "target.h"

typedef uint32_t __attribute__((may_alias)) any_word;

static bool whole_finds(void) {
    struct pools_finding finding;
    enum pools_status status = obmalloc_check(&finding);
    CHECK_EQUAL(status, finding.status);
    CHECK(status == POOLS_OK || (status == POOLS_CORRUPT && finding.sentence[0] != '\0'));
    return status != POOLS_OK;
}

static bool slices_find(void) {
    struct pools_cursor cursor = {0};
    struct pools_finding finding;
    while (obmalloc_check_some(&cursor, 4, &finding)) {
    }
    return finding.status != POOLS_OK;
}

/* Counted, told by obmalloc_statistics, and used for nothing else. */
static bool is_for_reports(size_t offset) {
    return offset >= offsetof(struct obmalloc_state, heap_break_high_water);
}

/* Returns true iff a program goes on as ever. Fails no case, because a bit of the state may be flipped. */
static bool serves(void) {
    static const uint16_t sizes[] = {16, 24, 700, 40, 130, 1, 260, 512};
    void *blocks[8];
    for (unsigned i = 0; i < 8; i++) {
        blocks[i] = malloc(sizes[i]);
        if (blocks[i] != NULL) {
            fill(blocks[i], sizes[i], i);
        }
    }
    bool held = blocks[0] != NULL && blocks[3] != NULL;
    for (unsigned i = 0; i < 8; i++) {
        held = held && (blocks[i] == NULL || is_filled(blocks[i], sizes[i], i));
        free(blocks[i]);
    }
    return held;
}

static void flip_each_bit_of_the_state(void) {
    unsigned found_count = 0;
    for (size_t i = 0; i < sizeof obmalloc_state * 8; i++) {
        any_word *word = (any_word *)&obmalloc_state + i / 32;
        any_word before = *word;
        *word = before ^ 1u << i % 32;
        bool found = whole_finds();
        bool found_by_slices = slices_find();
        bool held = found || serves();
        found_count += found;
        *word = before;
        CHECK_EQUAL(found_by_slices, found);
        CHECK(found || is_for_reports(i / 8));
        CHECK(held);
    }
    CHECK(found_count >= offsetof(struct obmalloc_state, heap_break_high_water) * 8);
    check_sound();
}

TEST(each_bit_of_the_state) {
    void *block = malloc(100);
    CHECK(block != NULL);
    CHECK(serves());
    flip_each_bit_of_the_state();
    free(block);
}

TEST(each_bit_of_the_closed_arena) {
    if (flag() == 1) {
        SKIP("the arena is open: tests/unit/test_check_heap.c has that");
    }
    for (size_t i = 0; i < (offsetof(struct pools_heap, bins) + sizeof obmalloc_heap.bins) * 8;
         i++) {
        any_word *word = (any_word *)&obmalloc_heap + i / 32;
        *word ^= 1u << i % 32;
        bool found = whole_finds() && slices_find();
        *word ^= 1u << i % 32;
        CHECK(found);
    }
    check_sound();
}

enum { REGION_WORDS = OBMALLOC_HEAP_BYTES_MIN / 4 };
static _Alignas(8) uint32_t regions[2][REGION_WORDS];

/* Links and ends of heaps beside the main one; a link that leads nowhere is not followed. */
TEST(each_bit_of_the_list_of_heaps) {
    enum { LINK_WORD = sizeof(struct pools_heap) / 4, END_WORD };
    struct obmalloc_heap *heaps[2];
    for (unsigned i = 0; i < 2; i++) {
        CHECK_EQUAL(obmalloc_heap_create(regions[i], regions[i] + REGION_WORDS, &heaps[i]),
                    OBMALLOC_HEAP_OK);
    }
    check_sound();
    for (unsigned i = 0; i < 2 * 2 * 32; i++) {
        uint32_t *word = &regions[i / 64][LINK_WORD + i / 32 % 2];
        *word ^= 1u << i % 32;
        bool found = whole_finds();
        *word ^= 1u << i % 32;
        CHECK(found);
    }
    flip_each_bit_of_the_state();
    for (unsigned i = 0; i < 2; i++) {
        CHECK_EQUAL(obmalloc_heap_destroy(heaps[i], OBMALLOC_HEAP_REFUSE, NULL), OBMALLOC_HEAP_OK);
        check_sound();
    }
}

TEST_LIST = {
    TEST_ENTRY(each_bit_of_the_state),
    TEST_ENTRY(each_bit_of_the_closed_arena),
    TEST_ENTRY(each_bit_of_the_list_of_heaps),
};
