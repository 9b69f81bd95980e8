// SPDX-License-Identifier: MIT
/* What the other tests' heaps do not come to: the longest searches, and damage that looks like something else. */
#include "damage.h"

static uint32_t address_of(const void *block) {
    return (uint32_t)(uintptr_t)block;
}

static void check_found(const char *sentence) {
    struct pools_finding finding;
    CHECK_EQUAL(pools_check(&heap, &finding), POOLS_CORRUPT);
    CHECK(strcmp(finding.sentence, sentence) == 0);
}

/* Clears a chunk's first bit in the map. */
static void unmark(const void *block) {
    map_change(heap.base, map_granule(heap.base, address_of(block)), MAP_FIRST, 0);
}

TEST(an_untouched_part_beyond_the_end_is_found) {
    open_heap(1024 + 40);
    while (statistics().largest_free_bytes >= 16) {
        CHECK(take(16) != NULL);
    }
    uint32_t untouched = heap.untouched;
    uint32_t limit = heap.fast_free_granules;
    heap.untouched = heap.end + POOLS_ALIGNMENT_BYTES;
    seal_set(&heap); /* only these words contradict one another */
    CHECK(heap.cleared_granules > map_granule(heap.base, heap.untouched));
    check_found("the untouched part lies outside the region");
    heap.untouched = untouched;
    heap.fast_free_granules = limit;
    seal_set(&heap);
    check_sound();
}

/* The last granule of a free chunk and the first of the block behind it look like the start of a free chunk, whose
 * length is then what the program wrote. */
TEST(a_bin_that_leads_to_the_end_of_its_chunk_is_found) {
    open_heap(2048);
    char *chunk = take(264);
    uint32_t *behind = take(64);
    CHECK_EQUAL(give(chunk), POOLS_OK);
    CHECK_EQUAL(statistics().free_chunks, 2);
    uint32_t *first = NULL;
    for (unsigned bin = 0; bin < POOLS_BIN_COUNT; bin++) {
        first = heap.bins[bin] == address_of(chunk) ? &heap.bins[bin] : first;
    }
    CHECK(first != NULL);
    for (uint32_t bytes = 0; bytes <= 264; bytes += 8) {
        behind[0] = bytes;
        *first = address_of(behind) - POOLS_ALIGNMENT_BYTES;
        struct pools_finding finding;
        CHECK_EQUAL(pools_check(&heap, &finding), POOLS_CORRUPT);
        *first = address_of(chunk);
        check_sound();
    }
}

TEST(a_free_chunk_before_the_untouched_part_is_found) {
    open_heap(2048);
    char *chunk = take(264);
    char *last = take(264);
    CHECK_EQUAL(give(chunk), POOLS_OK);
    map_change(heap.base, map_granule(heap.base, heap.untouched), MAP_FIRST, 0);
    heap.untouched = address_of(last);
    seal_set(&heap);
    heap.fast_free_granules = map_granule(heap.base, heap.untouched);
    check_found("free memory behind a free chunk is not merged");
}

/* A block whose end the map does not show, as far as any block may be long. */
TEST(a_block_without_end_is_corrupt) {
    open_heap(8192);
    char *blocks[8];
    for (unsigned i = 0; i < 8; i++) {
        blocks[i] = take(512);
        CHECK(blocks[i] != NULL);
    }
    for (unsigned i = 1; i < 4; i++) {
        unmark(blocks[i]);
    }
    size_t bytes = 0;
    CHECK_EQUAL(pools_block_bytes(&heap, blocks[0], &bytes), POOLS_CORRUPT);
    CHECK_EQUAL(pools_free(&heap, blocks[0]), POOLS_CORRUPT);
    CHECK(!pools_free_fast(&heap, blocks[0]));
    CHECK(pools_realloc(&heap, blocks[0], 1000) == NULL);
    CHECK_EQUAL(bytes, 0);
}

/* A live block may hold the key by chance: the fast path leaves it to those who look closer. */
TEST(a_live_block_with_the_key_is_resized_by_the_long_way) {
    open_heap(2048);
    char *ready = take(40);
    uint32_t *block = take(24);
    CHECK(take(16) != NULL);
    CHECK_EQUAL(give(ready), POOLS_OK);
    block[0] = 7;
    uint32_t key = link_key(&heap, (uint32_t)(uintptr_t)block);
    block[1] = key;
    CHECK(pools_realloc_fast(&heap, block, 40) == NULL);
    CHECK_EQUAL(usable(block), 24);
    uint32_t *moved = pools_realloc(&heap, block, 40);
    CHECK(moved != NULL && moved[0] == 7 && moved[1] == key);
    check_sound();
}

/* What lies before the block is a free chunk by its last granule's bit; its words are damaged one by one. */
TEST(a_damaged_free_chunk_before_a_block) {
    open_heap(4096);
    char *before = take(16);
    char *chunk = take(264);
    uint32_t *block = take(24);
    CHECK(before != NULL);
    CHECK_EQUAL(give(chunk), POOLS_OK);
    CHECK_EQUAL(usable(block), 24);
    static const uint32_t lasts[] = {0, 8, 20, 272, 288, 0x80000000u};
    pools_word *last = word_at(address_of(block) - 4);
    pools_word *bytes = chunk_free_bytes(address_of(chunk));
    size_t found;
    uint32_t whole = *last;
    CHECK_EQUAL(whole, 264);
    CHECK_EQUAL(*bytes, 264);
    for (unsigned i = 0; i < sizeof lasts / sizeof lasts[0]; i++) {
        *last = lasts[i];
        CHECK_EQUAL(pools_block_bytes(&heap, block, &found), POOLS_DOUBLE_FREE);
    }
    *last = whole;
    *bytes = 256;
    CHECK_EQUAL(pools_block_bytes(&heap, block, &found), POOLS_DOUBLE_FREE);
    *bytes = 264;
    /* It leads to where no chunk starts, to a block that is live, and to a granule that is marked alone. */
    unmark(chunk);
    CHECK_EQUAL(pools_block_bytes(&heap, block, &found), POOLS_DOUBLE_FREE);
    map_change(heap.base, map_granule(heap.base, address_of(chunk)), MAP_SECOND, MAP_FIRST);
    CHECK_EQUAL(pools_block_bytes(&heap, block, &found), POOLS_DOUBLE_FREE);
    map_change(heap.base, map_granule(heap.base, address_of(chunk)), 0, MAP_FIRST | MAP_SECOND);
    CHECK_EQUAL(usable(block), 24);
    check_sound();
}

/* Takes a block whose chunk holds no multiple of `alignment`, behind what is needed for that. */
static void *take_between(size_t bytes, uint32_t alignment) {
    void *block = take(bytes);
    CHECK(block != NULL);
    while ((address_of(block) - POOLS_LARGE_HEADER_BYTES - 1u) / alignment !=
           (address_of(block) + bytes) / alignment) {
        block = take(bytes);
        CHECK(block != NULL);
    }
    return block;
}

/* Many chunks that are long enough but for the alignment: the search gives up on them and goes on where a block fits
 * wherever it lies, past a chunk that would have done. */
TEST(an_aligned_search_comes_to_an_end) {
    enum {
        ALIGNMENT = 2048,
        BLOCK_BYTES = 264,
        HOLE_COUNT = 12,
        FITTING_BYTES = 3000,
        ANY_BYTES = 6500
    };
    enum { REGION_BYTES = 65536 };
    /* Two for each bin that is looked into. */
    static const uint16_t hole_bytes[HOLE_COUNT / 2] = {272, 408, 612, 918, 1377, 1600};
    static void *holes[HOLE_COUNT];
    if (test_region_bytes_max() < REGION_BYTES) {
        SKIP("the board has less than 64 KiB for it");
    }
    open_heap(REGION_BYTES);
    for (unsigned i = 0; i < HOLE_COUNT; i++) {
        holes[i] = take_between(hole_bytes[i / 2], ALIGNMENT);
        CHECK(take(BLOCK_BYTES) != NULL);
    }
    char *fitting = take(FITTING_BYTES);
    CHECK(fitting != NULL && take(BLOCK_BYTES) != NULL);
    char *any = take(ANY_BYTES);
    CHECK(any != NULL && take(BLOCK_BYTES) != NULL);
    for (unsigned i = 0; i < HOLE_COUNT; i++) {
        CHECK_EQUAL(give(holes[i]), POOLS_OK);
    }
    CHECK_EQUAL(give(fitting), POOLS_OK);
    CHECK_EQUAL(give(any), POOLS_OK);
    char *block = take_aligned(ALIGNMENT, BLOCK_BYTES);
    CHECK(block != NULL && (uintptr_t)block % ALIGNMENT == 0);
    CHECK(block > any && block < any + ANY_BYTES);
}

/* A large block that slides into a free chunk which is long enough for all of it. */
TEST(a_block_slides_into_what_is_long_enough) {
    open_heap(8192);
    char *before = take(2000);
    char *block = take(600);
    CHECK(take(16) != NULL);
    CHECK_EQUAL(give(before), POOLS_OK);
    fill(block, 600, 3);
    char *slid = pools_slide_begin(&heap, block, 700);
    CHECK(slid == before);
    memmove(slid, block, 600);
    pools_cut(&heap, slid, 700);
    check_sound();
    check_filled(slid, 600, 3);
    CHECK(usable(slid) >= 700 && usable(slid) < 1400);
    CHECK_EQUAL(give(slid), POOLS_OK);
    /* The same in one step. */
    open_heap(8192);
    before = take(2000);
    block = take(600);
    CHECK(take(264) != NULL);
    CHECK_EQUAL(give(before), POOLS_OK);
    fill(block, 600, 4);
    CHECK(pools_realloc(&heap, block, 700) == before);
    check_sound();
    check_filled(before, 600, 4);
}

/* And into what is long enough only with what lies behind. */
TEST(a_block_slides_down_and_grows_at_its_end) {
    open_heap(8192);
    char *before = take(800);
    char *block = take(600);
    char *behind = take(400);
    CHECK(take(264) != NULL && take_ballast(64) != NULL);
    CHECK_EQUAL(give(before), POOLS_OK);
    CHECK_EQUAL(give(behind), POOLS_OK);
    fill(block, 600, 5);
    CHECK(pools_realloc(&heap, block, 1600) == before);
    check_sound();
    check_filled(before, 600, 5);
    CHECK(usable(before) >= 1600 && usable(before) < 1700);
}

TEST(a_block_slides_down_and_grows_in_steps) {
    open_heap(8192);
    char *before = take(800);
    char *block = take(600);
    char *behind = take(400);
    CHECK(take(264) != NULL && take_ballast(64) != NULL);
    CHECK_EQUAL(give(before), POOLS_OK);
    CHECK_EQUAL(give(behind), POOLS_OK);
    fill(block, 600, 6);
    CHECK(pools_slide_begin(&heap, block, 1600) == before);
    memmove(before, block, 600);
    pools_cut(&heap, before, 1600);
    check_sound();
    check_filled(before, 600, 6);
    CHECK(usable(before) >= 1600 && usable(before) < 1700);
}

/* The room before and behind it together is too short, or there is none. */
TEST(a_block_without_room_does_not_slide) {
    open_heap(8192);
    char *before = take(264);
    char *block = take(600);
    CHECK(take(16) != NULL);
    CHECK(pools_slide_begin(&heap, block, 700) == NULL);
    CHECK_EQUAL(give(before), POOLS_OK);
    CHECK(pools_slide_begin(&heap, block, 4000) == NULL);
    CHECK(pools_slide_begin(&heap, block, 600) == NULL);
    CHECK(pools_slide_begin(&heap, block, POOLS_REGION_BYTES_MAX + 1u) == NULL);
    CHECK(pools_slide_begin(&heap, before, 700) == NULL);
    check_sound();
    CHECK_EQUAL(usable(block), 600);
}

/* The last bin holds all from 768 KiB on, and is searched further than the others. */
TEST(the_last_bin_is_searched_further) {
    enum { CHUNK_BYTES = 800 << 10, CHUNK_COUNT = 6 };
    if (test_region_bytes_max() < 9u << 20) {
        SKIP("the board has less than 9 MiB of RAM");
    }
    open_heap(9u << 20);
    char *chunks[CHUNK_COUNT];
    for (unsigned i = 0; i < CHUNK_COUNT; i++) {
        chunks[i] = take(CHUNK_BYTES + (i == 0) * 4096);
        CHECK(chunks[i] != NULL && take(264) != NULL);
    }
    void *ballast = take(statistics().largest_free_bytes - 4096);
    CHECK(ballast != NULL);
    for (unsigned i = 0; i < CHUNK_COUNT; i++) {
        CHECK_EQUAL(give(chunks[i]), POOLS_OK);
    }
    /* The first to be freed is the last in the list. */
    CHECK_EQUAL((uintptr_t)take(CHUNK_BYTES + 4096), (uintptr_t)chunks[0]);
}

TEST_LIST = {
    TEST_ENTRY(an_untouched_part_beyond_the_end_is_found),
    TEST_ENTRY(a_bin_that_leads_to_the_end_of_its_chunk_is_found),
    TEST_ENTRY(a_free_chunk_before_the_untouched_part_is_found),
    TEST_ENTRY(a_block_without_end_is_corrupt),
    TEST_ENTRY(a_live_block_with_the_key_is_resized_by_the_long_way),
    TEST_ENTRY(a_damaged_free_chunk_before_a_block),
    TEST_ENTRY(an_aligned_search_comes_to_an_end),
    TEST_ENTRY(a_block_slides_into_what_is_long_enough),
    TEST_ENTRY(a_block_slides_down_and_grows_at_its_end),
    TEST_ENTRY(a_block_slides_down_and_grows_in_steps),
    TEST_ENTRY(a_block_without_room_does_not_slide),
    TEST_ENTRY(the_last_bin_is_searched_further),
};
