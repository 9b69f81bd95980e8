// SPDX-License-Identifier: MIT
/*
 * Encoded links where chunks meet: what is damaged is merged with nobody, cut out of its bin, and counted by no
 * sum; and a large block's header that contradicts the arena is no header. Built with -DPOOLS_LINKS_ENCODED.
 */
#include "chunk.h"
#include "largest.h"
#include "link.h"
#include "space.h"

#include "../../unit/fixture.h"

enum { REGION_BYTES = 4096, WALL_BYTES = 56, LARGE_BYTES = 600 };

static uint32_t address_of(const void *block) {
    return (uint32_t)(uintptr_t)block;
}

/* Two free chunks of so many bytes, between blocks that live; the second is freed first. */
static void make_chunks(size_t first_bytes, size_t second_bytes, uint32_t chunks[2]) {
    void *first = take(first_bytes);
    CHECK(first != NULL && take(WALL_BYTES) != NULL);
    void *second = take(second_bytes);
    CHECK(second != NULL && take(WALL_BYTES) != NULL);
    CHECK_EQUAL(give(second), POOLS_OK);
    pools_reclaim(&heap);
    CHECK_EQUAL(give(first), POOLS_OK);
    pools_reclaim(&heap);
    check_sound();
    chunks[0] = address_of(first);
    chunks[1] = address_of(second);
}

static void open_with_a_wall(void) {
    open_heap(REGION_BYTES);
    CHECK(take(WALL_BYTES) != NULL);
}

/* Without the walk: the arena is damaged. */
static void free_and_merge(void *block) {
    CHECK(pools_free_fast(&heap, block) || pools_free(&heap, block) == POOLS_OK);
    pools_reclaim(&heap);
}

/* Nothing that is served from here on lies in [start, end). */
static void check_never_served(uint32_t start, uint32_t end) {
    static const size_t sizes[] = {400, 40, 16};
    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        for (char *block = pools_malloc(&heap, sizes[i]); block != NULL;
             block = pools_malloc(&heap, sizes[i])) {
            CHECK(address_of(block) + sizes[i] <= start || end <= address_of(block));
            memset(block, 0xEE, sizes[i]);
        }
    }
}

TEST(a_block_behind_a_damaged_chunk) {
    enum { BYTES = 40 };
    for (unsigned what = 0; what < 4; what++) {
        open_with_a_wall();
        uint32_t chunks[2];
        make_chunks(BYTES, BYTES, chunks);
        uint32_t other = chunks[0], chunk = chunks[1];
        char *behind = (char *)(uintptr_t)(chunk + BYTES);
        /* Its last word leads out of the arena, into a live block, to another free chunk; or it is right. */
        uint32_t said[] = {heap.end - heap.base, BYTES + WALL_BYTES, chunk + BYTES - other, BYTES};
        *chunk_last_word(chunk, BYTES) = said[what];
        free_and_merge(behind);
        bool is_damaged = what != 3;
        CHECK_EQUAL(pools_take_damage(&heap), is_damaged ? address_of(behind) - 4u : 0);
        CHECK_EQUAL(pools_take_damage(&heap), 0);
        if (is_damaged) {
            check_never_served(chunk, chunk + BYTES);
        } else {
            check_sound();
        }
    }
}

TEST(a_block_before_a_damaged_chunk) {
    enum { BYTES = 40 };
    for (unsigned bit = 0; bit < 32; bit++) {
        open_with_a_wall();
        char *before = take(WALL_BYTES);
        uint32_t chunks[2];
        make_chunks(BYTES, BYTES, chunks);
        uint32_t chunk = chunks[0];
        CHECK_EQUAL(address_of(before) + WALL_BYTES, chunk);
        *chunk_free_bytes(chunk) ^= 1u << bit;
        free_and_merge(before);
        CHECK_EQUAL(pools_take_damage(&heap), chunk);
        check_never_served(chunk, chunk + BYTES);
    }
}

/* The first chunk of the bin is sound and too short; the one behind it would do, but has been written to. */
TEST(a_damaged_chunk_behind_a_sound_one) {
    enum { SHORT = 32, LONG = 40 };
    open_with_a_wall();
    uint32_t chunks[2];
    make_chunks(SHORT, LONG, chunks);
    uint32_t first = chunks[0], second = chunks[1];
    unsigned bin = space_bin_of(SHORT);
    CHECK_EQUAL(space_bin_of(LONG), bin);
    CHECK_EQUAL(heap.bins[bin], first);
    CHECK_EQUAL(link_peek_next(&heap, first), second);
    *chunk_last_word(second, LONG) += 8;
    char *block = pools_memalign(&heap, 8, LONG);
    CHECK(block != NULL && address_of(block) != second);
    CHECK_EQUAL(pools_take_damage(&heap), second);
    CHECK_EQUAL(link_peek_next(&heap, first), 0);
    CHECK_EQUAL(heap.bins[bin], first);
    check_never_served(second, second + LONG);
}

/* Of two damages the first is told; and a bin whose first chunk is damaged is empty from then on. */
TEST(the_first_damage_is_told) {
    open_with_a_wall();
    uint32_t chunks[2];
    make_chunks(40, 80, chunks);
    uint32_t one = chunks[0], other = chunks[1];
    *chunk_last_word(one, 40) ^= 8;
    *chunk_last_word(other, 80) ^= 8;
    CHECK(pools_malloc(&heap, 40) != NULL);
    CHECK_EQUAL(heap.bins[space_bin_of(40)], 0);
    CHECK_EQUAL(heap.bins_filled & space_bin_bit(space_bin_of(40)), 0);
    CHECK_EQUAL(heap.bins[space_bin_of(80)], 0);
    CHECK_EQUAL(pools_take_damage(&heap), one);
    CHECK_EQUAL(pools_take_damage(&heap), 0);
}

/* A flipped bit says that a bin holds a chunk: who looks there finds none, and goes on elsewhere. */
TEST(a_bin_that_holds_nothing_and_is_said_to) {
    for (unsigned bin = 0; bin < POOLS_BIN_COUNT; bin++) {
        open_with_a_wall();
        CHECK_EQUAL(heap.bins_filled, 0);
        heap.bins_filled = space_bin_bit(bin);
        CHECK(pools_malloc(&heap, POOLS_CHUNK_BYTES_MIN) != NULL);
        CHECK_EQUAL(heap.bins_filled, 0);
        heap.bins_filled = space_bin_bit(bin);
        CHECK(pools_memalign(&heap, 64, POOLS_CHUNK_BYTES_MIN) != NULL);
        check_sound();
    }
}

/* Both words of a header agree, but no large block can be so long. */
TEST(a_header_that_contradicts_the_arena) {
    open_with_a_wall();
    char *block = take(LARGE_BYTES);
    CHECK(take(WALL_BYTES) != NULL);
    uint32_t chunk = address_of(block) - POOLS_LARGE_HEADER_BYTES;
    uint32_t bytes = chunk_large_bytes(chunk);
    const uint32_t wrong[] = {16, POOLS_POOLED_BYTES_MAX, bytes + 4, heap.untouched - chunk + 8,
                              0xFFFFFFF8u};
    for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        size_t usable_bytes = 0;
        chunk_write_large(chunk, wrong[i]);
        CHECK_EQUAL(pools_block_bytes(&heap, block, &usable_bytes), POOLS_CORRUPT);
        CHECK(pools_realloc(&heap, block, 24) == NULL);
        CHECK(pools_resize(&heap, block, 24) == NULL);
        CHECK_EQUAL(pools_free(&heap, block), POOLS_CORRUPT);
    }
    /* And the words that do not agree. */
    chunk_write_large(chunk, bytes);
    *word_at(chunk) ^= 16;
    CHECK(pools_resize(&heap, block, 24) == NULL);
    CHECK_EQUAL(pools_free(&heap, block), POOLS_CORRUPT);
    *word_at(chunk) ^= 16;
    check_sound();
    CHECK_EQUAL(usable(block), bytes - POOLS_LARGE_HEADER_BYTES);
    CHECK_EQUAL(give(block), POOLS_OK);
}

/* Whoever asks for the largest request follows links, too. */
TEST(the_largest_request_beside_a_damaged_chunk) {
    open_with_a_wall();
    void *block = take(LARGE_BYTES);
    CHECK(take(WALL_BYTES) != NULL);
    CHECK(take(statistics().largest_free_bytes - 200) != NULL);
    CHECK_EQUAL(give(block), POOLS_OK);
    uint32_t chunk = address_of(block) - POOLS_LARGE_HEADER_BYTES;
    CHECK_EQUAL(pools_largest_request_bytes(&heap), LARGE_BYTES);
    for (unsigned bit = 0; bit < 32; bit++) {
        *chunk_next(chunk) ^= 1u << bit;
        uint32_t bytes = pools_largest_request_bytes(&heap);
        CHECK(bytes != 0 && bytes <= 200);
        *chunk_next(chunk) ^= 1u << bit;
    }
    CHECK_EQUAL(pools_largest_request_bytes(&heap), LARGE_BYTES);
    check_sound();
}

TEST(nothing_is_known_of_a_live_block) {
    open_with_a_wall();
    char *small = take(WALL_BYTES), *large = take(LARGE_BYTES);
    CHECK(take(WALL_BYTES) != NULL);
    CHECK(!link_is_sound(&heap, address_of(small)));
    CHECK(!link_is_sound(&heap, address_of(small) + 8));
    CHECK(!link_is_sound(&heap, address_of(large) - POOLS_LARGE_HEADER_BYTES));
    CHECK(pools_freed_by(&heap, large - POOLS_LARGE_HEADER_BYTES) == NULL);
    CHECK(pools_freed_by(&heap, small) == NULL);
}

TEST_LIST = {
    TEST_ENTRY(a_block_behind_a_damaged_chunk),
    TEST_ENTRY(a_block_before_a_damaged_chunk),
    TEST_ENTRY(a_damaged_chunk_behind_a_sound_one),
    TEST_ENTRY(the_first_damage_is_told),
    TEST_ENTRY(a_bin_that_holds_nothing_and_is_said_to),
    TEST_ENTRY(a_header_that_contradicts_the_arena),
    TEST_ENTRY(the_largest_request_beside_a_damaged_chunk),
    TEST_ENTRY(nothing_is_known_of_a_live_block),
};
