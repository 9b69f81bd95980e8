// SPDX-License-Identifier: MIT
/* The walk: each flipped bit of the allocator's own words in the region is found. */
#include "damage.h"

TEST(a_flipped_bit_of_the_map_is_found) {
    for (unsigned scarce = 0; scarce < 2; scarce++) {
        prepare_everything(scarce);
        for (uint32_t granule = 0; granule < heap.cleared_granules; granule++) {
            pools_byte *byte = byte_at(heap.base - 1 - granule / 8);
            *byte ^= (uint8_t)(0x80u >> granule % 8);
            if (!damage_is_found()) {
                TEST_NOTE("granule %u of %u", (unsigned)granule,
                          (unsigned)map_granule(heap.base, heap.untouched));
                CHECK(!"a flipped bit is found");
            }
            *byte ^= (uint8_t)(0x80u >> granule % 8);
        }
        check_sound();
    }
}

/* One flip yields a heap that is sound, though another one: a large block of up to 520 bytes
 * without the first bit of its header is a small one at the same address, and the granule belongs
 * to the block before. */
TEST(a_large_block_that_looks_small_is_one) {
    for (size_t bytes = 513; bytes <= 600; bytes += 8) {
        open_heap(2048);
        char *before = take(16);
        char *large = take(bytes);
        void *behind = take(16);
        memset(before, 0x5A, 16);
        uint32_t granule = map_granule(heap.base, (uint32_t)(uintptr_t)large) - 1;
        map_change(heap.base, granule, MAP_FIRST, 0);
        CHECK_EQUAL(damage_is_found(), bytes > 520);
        if (bytes <= 520) {
            CHECK_EQUAL(usable(before), 24);
            CHECK_EQUAL(usable(large), (bytes + 7) / 8 * 8);
            CHECK_EQUAL(give(large), POOLS_OK);
            CHECK_EQUAL(give(before), POOLS_OK);
            CHECK_EQUAL(give(behind), POOLS_OK);
            check_nothing_left();
        }
    }
}

/* Beyond what has been cleared it says nothing, and is cleared before it does. */
TEST(what_the_map_holds_beyond_is_of_no_account) {
    open_heap(4096);
    CHECK(take(40) != NULL);
    memset(byte_at(heap.start), 0xFF, heap.base - heap.start - heap.cleared_granules / 8);
    check_sound();
    while (take(40) != NULL) {
    }
}

static void flip_words(uint32_t address, unsigned count) {
    for (unsigned i = 0; i < count * 32; i++) {
        if (!flip_is_found(word_at(address + i / 32 * 4), i % 32)) {
            TEST_NOTE("word at %x, bit %u", (unsigned)(address + i / 32 * 4), i % 32);
            CHECK(!"a flipped bit is found");
        }
    }
}

static void flip_free(uint32_t chunk, bool is_free, bool is_large, uint32_t bytes) {
    (void)is_large;
    if (is_free) {
        flip_words(chunk, 3);
        flip_words(chunk + bytes - 4, 1);
    }
}

TEST(a_flipped_bit_of_a_free_chunk_is_found) {
    for (unsigned scarce = 0; scarce < 2; scarce++) {
        prepare_everything(scarce);
        for_each_chunk(flip_free);
        check_sound();
    }
}

static void flip_large(uint32_t chunk, bool is_free, bool is_large, uint32_t bytes) {
    (void)is_free;
    (void)bytes;
    if (is_large) {
        flip_words(chunk, 2);
    }
}

TEST(a_flipped_bit_of_a_large_blocks_header_is_found) {
    for (unsigned scarce = 0; scarce < 2; scarce++) {
        prepare_everything(scarce);
        for_each_chunk(flip_large);
        check_sound();
    }
}

TEST(a_flipped_bit_of_nil_is_found) {
    prepare_everything(false);
    flip_words(heap.base, 2);
    check_sound();
}

/* A link that skips to a block further down its pool, or to nil, loses those between: they stay
 * live for ever, which nobody can tell from blocks that a program keeps. All else is found. */
static bool leads_down(uint32_t from, uint32_t to) {
    while (from != heap.base) {
        from = link_peek(&heap, from);
        if (from == to) {
            return true;
        }
    }
    return false;
}

TEST(a_flipped_bit_of_a_ready_block_is_found) {
    for (unsigned scarce = 0; scarce < 2; scarce++) {
        prepare_everything(scarce);
        uint32_t ready_blocks = statistics().pool_ready_blocks;
        for (unsigned granules = POOLS_CLASS_FIRST; granules <= POOLS_CLASS_LAST; granules++) {
            for (uint32_t block = heap.pools[granules]; block != heap.base;
                 block = link_peek(&heap, block)) {
                flip_words(block + 4, 1);
                for (unsigned bit = 0; bit < 32; bit++) {
                    CHECK(flip_is_found(word_at(block), bit) ||
                          leads_down(block, link_peek(&heap, block) ^ 1u << bit));
                }
                ready_blocks--;
            }
        }
        CHECK_EQUAL(ready_blocks, 0);
        check_sound();
    }
}

/* What a program holds is its own. */
static void flip_live(uint32_t chunk, bool is_free, bool is_large, uint32_t bytes) {
    if (is_free || (!is_large && *word_at(chunk + 4) == link_key(&heap, chunk))) {
        return;
    }
    uint32_t header = is_large ? POOLS_LARGE_HEADER_BYTES : 0;
    uint32_t step = bytes > 256 ? 32 : 4;
    for (uint32_t offset = header; offset < bytes; offset += step) {
        for (unsigned bit = 0; bit < 32; bit++) {
            CHECK(!flip_is_found(word_at(chunk + offset), bit));
        }
    }
}

TEST(a_flipped_bit_of_a_live_block_is_no_damage) {
    prepare_everything(false);
    for_each_chunk(flip_live);
    check_sound();
}

/* Whatever stands in a word, also what would lead there and back again: the walk ends. */
TEST(the_walk_ends_whatever_a_word_holds) {
    prepare_everything(false);
    uint32_t last = heap.pools[3];
    uint32_t values[] = {0,        1,         8,          16,         0x80000000u,    0xFFFFFFF8u,
                         heap.end, heap.base, heap.start, last,       heap.untouched, heap.base + 8,
                         24,       40,        2048,       0xFFFFFFFF, heap.pools[5],  heap.bins[2]};
    for (uint32_t address = heap.start; address < heap.end; address += 4) {
        uint32_t before = *word_at(address);
        for (unsigned i = 0; i < sizeof values / sizeof values[0]; i++) {
            *word_at(address) = values[i];
            (void)damage_is_found();
        }
        *word_at(address) = before;
    }
    check_sound();
}

/* The look for a block that seems to be ready ends in a damaged pool, too. */
TEST(a_pool_that_leads_in_a_circle_or_out_does_not_hold_free_up) {
    static const unsigned cases[] = {0, 1, 2, 3};
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        open_heap(2048);
        char *first = take(40);
        char *second = take(40);
        uint32_t *live = take(40);
        CHECK_EQUAL(give(first), POOLS_OK);
        CHECK_EQUAL(give(second), POOLS_OK);
        live[1] = link_key(&heap, (uint32_t)(uintptr_t)live);
        uint32_t wild[] = {heap.pools[5], 0xFFFFFFF0u, heap.end, heap.start};
        *word_at((uint32_t)(uintptr_t)first) = wild[i];
        size_t bytes;
        enum pools_status status = pools_block_bytes(&heap, live, &bytes);
        CHECK(status == POOLS_OK || status == POOLS_CORRUPT || status == POOLS_DOUBLE_FREE);
        CHECK_EQUAL(pools_block_bytes(&heap, second, &bytes), POOLS_DOUBLE_FREE);
    }
}

TEST_LIST = {
    TEST_ENTRY(a_flipped_bit_of_the_map_is_found),
    TEST_ENTRY(a_large_block_that_looks_small_is_one),
    TEST_ENTRY(what_the_map_holds_beyond_is_of_no_account),
    TEST_ENTRY(a_flipped_bit_of_a_free_chunk_is_found),
    TEST_ENTRY(a_flipped_bit_of_a_large_blocks_header_is_found),
    TEST_ENTRY(a_flipped_bit_of_nil_is_found),
    TEST_ENTRY(a_flipped_bit_of_a_ready_block_is_found),
    TEST_ENTRY(a_flipped_bit_of_a_live_block_is_no_damage),
    TEST_ENTRY(the_walk_ends_whatever_a_word_holds),
    TEST_ENTRY(a_pool_that_leads_in_a_circle_or_out_does_not_hold_free_up),
};
