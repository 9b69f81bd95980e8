// SPDX-License-Identifier: MIT
/* The walk: each flipped bit of `struct pools_heap` is found, or is shown to do no harm. */
#include "damage.h"

#define WORD_OF(field) (offsetof(struct pools_heap, field) / 4)

/* Without the padding at its end. */
enum { WORD_COUNT = WORD_OF(bins) + POOLS_BIN_COUNT };

static pools_word *heap_word(unsigned index) {
    return (pools_word *)&heap + index;
}

/* True iff `to` is nil, or a ready block of this pool other than the first. */
static bool is_further_down(unsigned granules, uint32_t to) {
    for (uint32_t block = heap.pools[granules]; block != heap.base;) {
        block = *word_at(block);
        if (block == to) {
            return true;
        }
    }
    return false;
}

static bool map_is_zero(uint32_t granule, uint32_t end) {
    for (; granule < end; granule++) {
        if ((*byte_at(heap.base - 1 - granule / 8) >> (7 - granule % 8) & 1) != 0) {
            return false;
        }
    }
    return true;
}

/* Why a flip that was not found does no harm; the heap is as before the flip. */
static bool does_no_harm(unsigned index, uint32_t flipped) {
    if (index < POOLS_CLASS_COUNT) {
        /* The blocks before it are lost, as if the program kept them. */
        return index >= POOLS_CLASS_FIRST && index <= POOLS_CLASS_LAST &&
               is_further_down(index, flipped);
    }
    if (index == WORD_OF(high_water)) {
        /* Told to the user, and nothing else: any address where the untouched part may once have
         * begun could be true. */
        return flipped % 8 == 0 && flipped > heap.base && flipped <= heap.end;
    }
    if (index == WORD_OF(drain_class)) {
        /* Where the next lap over the pools begins. */
        return flipped >= POOLS_CLASS_FIRST && flipped <= POOLS_CLASS_LAST;
    }
    if (index == WORD_OF(cleared_granules)) {
        /* The map is zero as far as it says, so it is true; or it is cleared once more. */
        uint32_t untouched = map_granule(heap.base, heap.untouched);
        return flipped % 8 == 0 && flipped > untouched && flipped / 8 <= heap.base - heap.start &&
               map_is_zero(untouched + 1, flipped);
    }
    return false;
}

static void check_flip(unsigned index, unsigned bit) {
    pools_word *word = heap_word(index);
    if (!flip_is_found(word, bit) && !does_no_harm(index, *word ^ 1u << bit)) {
        TEST_NOTE("word %u of the heap, bit %u", index, bit);
        CHECK(!"a flipped bit is found");
    }
}

static void flip_all(bool scarce) {
    prepare_everything(scarce);
    for (unsigned i = 0; i < WORD_COUNT * 32; i++) {
        check_flip(i / 32, i % 32);
    }
    check_sound();
}

TEST(each_bit_while_memory_is_plenty) {
    flip_all(false);
}

TEST(each_bit_while_memory_is_scarce) {
    flip_all(true);
}

/* What was just opened, and what is full: addresses are next to one another there. */
TEST(each_bit_of_an_empty_and_of_a_full_heap) {
    for (unsigned full = 0; full < 2; full++) {
        open_heap(1024);
        while (full != 0 && statistics().largest_free_bytes != 0) {
            CHECK(take(statistics().largest_free_bytes > 100 ? 100 : 16) != NULL);
        }
        for (unsigned i = 0; i < WORD_COUNT * 32; i++) {
            check_flip(i / 32, i % 32);
        }
        check_sound();
    }
}

TEST(the_walk_ends_whatever_a_word_of_the_heap_holds) {
    prepare_everything(false);
    uint32_t values[] = {0,
                         1,
                         8,
                         16,
                         0x80000000u,
                         0xFFFFFFF8u,
                         0xFFFFFFFFu,
                         heap.end,
                         heap.base,
                         heap.start,
                         heap.untouched,
                         heap.pools[3],
                         heap.pools[5],
                         heap.bins[2]};
    for (unsigned i = 0; i < WORD_COUNT; i++) {
        uint32_t before = *heap_word(i);
        for (unsigned v = 0; v < sizeof values / sizeof values[0]; v++) {
            *heap_word(i) = values[v];
            (void)damage_is_found();
        }
        *heap_word(i) = before;
    }
    check_sound();
}

/* A flip that was called harmless: the heap serves and takes everything back all the same. */
TEST(the_heap_serves_on_after_harmless_flips) {
    static const unsigned words[] = {WORD_OF(high_water), WORD_OF(drain_class),
                                     WORD_OF(cleared_granules)};
    for (unsigned i = 0; i < sizeof words / sizeof words[0] * 32; i++) {
        prepare_everything(true);
        *heap_word(words[i / 32]) ^= 1u << i % 32;
        if (damage_is_found()) {
            continue;
        }
        for (size_t bytes = 8; bytes < 300; bytes += 8) {
            void *block = take(bytes);
            if (block != NULL && bytes % 16 == 0) {
                CHECK_EQUAL(give(block), POOLS_OK);
            }
        }
        pools_reclaim(&heap);
        check_sound();
        CHECK_EQUAL(statistics().pool_ready_blocks, 0);
    }
}

TEST_LIST = {
    TEST_ENTRY(each_bit_while_memory_is_plenty),
    TEST_ENTRY(each_bit_while_memory_is_scarce),
    TEST_ENTRY(each_bit_of_an_empty_and_of_a_full_heap),
    TEST_ENTRY(the_walk_ends_whatever_a_word_of_the_heap_holds),
    TEST_ENTRY(the_heap_serves_on_after_harmless_flips),
};
