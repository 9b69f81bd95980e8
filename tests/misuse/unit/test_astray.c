// SPDX-License-Identifier: MIT
/*
 * Words that have no seal and lead astray, with encoded links: a pool or a bin that leads to what is none of its own, and a
 * map that shows a block longer than the arena. Each is noticed where it would have been followed, told by its address,
 * and nothing else is lost. Built with -DPOOLS_LINKS_ENCODED.
 */
#include "largest.h"
#include "space.h"

#include "../../unit/fixture.h"

enum { REGION_BYTES = 4096, BYTES = 40, CLASS = BYTES / 8, WALL_BYTES = 56 };

static uint32_t address_of(const void *block) {
    return (uint32_t)(uintptr_t)block;
}

static uint32_t address_of_pool(unsigned granules) {
    return (uint32_t)(uintptr_t)&heap.pools[granules];
}

static uint32_t address_of_bin(unsigned bin) {
    return (uint32_t)(uintptr_t)&heap.bins[bin];
}

static void open_with_a_wall(void) {
    open_heap(REGION_BYTES);
    CHECK(take(WALL_BYTES) != NULL);
}

static void check_told_once(uint32_t address) {
    CHECK_EQUAL(pools_take_damage(&heap), address);
    CHECK_EQUAL(pools_take_damage(&heap), 0);
}

/* Free chunks of so many bytes between blocks that live; the last is freed first, so that the first one is the first
 * in their bin. */
static void make_chunks(const size_t *bytes, uint32_t *chunks, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        chunks[i] = address_of(take(bytes[i]));
        CHECK(chunks[i] != 0 && take(WALL_BYTES) != NULL);
    }
    for (unsigned i = count; i != 0; i--) {
        CHECK_EQUAL(give(word_at(chunks[i - 1])), POOLS_OK);
        pools_reclaim(&heap);
    }
    check_sound();
}

/* ---- pools */

/* Outside, between two granules, within a block, behind the chunks, to a block of another length, to a live one, to a
 * chunk that is free. */
TEST(a_pool_that_leads_to_no_block_of_it) {
    for (unsigned what = 0; what < 7; what++) {
        open_with_a_wall();
        uint32_t chunk;
        char *live = take(BYTES), *other = take(WALL_BYTES), *ready = take(BYTES);
        make_chunks((const size_t[]){24}, &chunk, 1);
        CHECK_EQUAL(give(other), POOLS_OK);
        CHECK_EQUAL(give(ready), POOLS_OK);
        CHECK_EQUAL(heap.pools[CLASS], address_of(ready));
        const uint32_t astray[] = {heap.end + 64u, address_of(ready) + 4u, address_of(live) + 8u,
                                   heap.untouched, address_of(other),      address_of(live),
                                   chunk};
        struct pools_heap before = heap;
        heap.pools[CLASS] = astray[what];
        CHECK(pools_malloc_fast(&heap, BYTES) == NULL);
        bool is_of_length = astray[what] == address_of(live);
        check_told_once(is_of_length ? address_of(live) : address_of_pool(CLASS));
        CHECK_EQUAL(heap.pools[CLASS], heap.base);
        heap.pools[CLASS] = before.pools[CLASS];
        CHECK(memcmp(&heap, &before, sizeof heap) == 0);
        check_sound();
        CHECK(pools_malloc_fast(&heap, BYTES) == ready);
    }
}

/* A block whose end one look at the map does not show is one of its pool all the same. */
TEST(a_block_whose_end_is_out_of_sight) {
    enum { LONG_BYTES = 248, LONG_CLASS = LONG_BYTES / 8 };
    open_heap(3 * REGION_BYTES);
    char *block = take(LONG_BYTES);
    while (is_in_sight(block, LONG_BYTES)) {
        CHECK(take(16) != NULL);
        block = take(LONG_BYTES);
        CHECK(block != NULL);
    }
    CHECK_EQUAL(give(block), POOLS_OK);
    CHECK_EQUAL(heap.pools[LONG_CLASS], address_of(block));
    /* Another one that is as long to a single look, and one granule shorter. */
    char *shorter = NULL;
    do {
        CHECK(take(16) != NULL);
        shorter = take(LONG_BYTES - 8);
        CHECK(shorter != NULL);
    } while (is_in_sight(shorter, LONG_BYTES - 8));
    CHECK_EQUAL(give(shorter), POOLS_OK);
    heap.pools[LONG_CLASS] = address_of(shorter);
    CHECK(pools_malloc_fast(&heap, LONG_BYTES) == NULL);
    check_told_once(address_of_pool(LONG_CLASS));
    heap.pools[LONG_CLASS] = address_of(block);
    CHECK(pools_malloc_fast(&heap, LONG_BYTES) == block);
    CHECK(pools_malloc_fast(&heap, LONG_BYTES - 8) == shorter);
    CHECK_EQUAL(pools_take_damage(&heap), 0);
    check_sound();
}

/* ---- the map */

/* The mark where the untouched part begins is missing, and one further up is set: the last block seems to be longer
 * than the arena is. */
TEST(a_block_longer_than_the_arena) {
    static const size_t sizes[] = {BYTES, 248, 400};
    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        open_with_a_wall();
        char *last = take(sizes[i]);
        while (address_of(last) + sizes[i] != heap.untouched) {
            last = take(sizes[i]);
            CHECK(last != NULL);
        }
        uint32_t untouched = map_granule(heap.base, heap.untouched);
        map_change(heap.base, untouched, MAP_FIRST, 0);
        map_change(heap.base, untouched + 2u, 0, MAP_FIRST);
        struct pools_heap before = heap;
        size_t bytes;
        CHECK(!pools_free_fast(&heap, last));
        CHECK_EQUAL(pools_free(&heap, last), POOLS_CORRUPT);
        CHECK_EQUAL(pools_block_bytes(&heap, last, &bytes), POOLS_CORRUPT);
        CHECK(pools_realloc_fast(&heap, last, 16) == NULL);
        CHECK(pools_realloc(&heap, last, 16) == NULL && pools_resize(&heap, last, 16) == NULL);
        CHECK(memcmp(&heap, &before, sizeof heap) == 0);
        map_change(heap.base, untouched + 2u, MAP_FIRST, 0);
        map_change(heap.base, untouched, 0, MAP_FIRST);
        check_sound();
        CHECK_EQUAL(give(last), POOLS_OK);
    }
}

/* ---- bins */

/* Outside, to a block, to the last granule before the untouched part, where no chunk fits, and to a chunk of another
 * bin, which is sound where it is. */
TEST(a_bin_that_leads_to_no_chunk_of_it) {
    unsigned bin = space_bin_of(64);
    for (unsigned what = 0; what < 5; what++) {
        open_with_a_wall();
        uint32_t chunks[2];
        char *live = take(BYTES);
        make_chunks((const size_t[]){64, 160}, chunks, 2);
        uint32_t chunk = chunks[0], other = chunks[1];
        char *last = take(248);
        while (address_of(last) + 248 != heap.untouched) {
            last = take(248);
            CHECK(last != NULL);
        }
        uint32_t end = heap.untouched - 8u;
        link_set_previous(&heap, end, chunk_first_in(bin));
        const uint32_t astray[] = {heap.end + 64u, address_of(live), end, other, heap.untouched};
        if (what == 2) {
            map_change(heap.base, map_granule(heap.base, end), 0, MAP_FIRST);
            CHECK(!link_is_sound(&heap, end));
        }
        CHECK_EQUAL(heap.bins[bin], chunk);
        heap.bins[bin] = astray[what];
        CHECK_EQUAL(link_look_first(&heap, bin), 0);
        char *block = pools_malloc(&heap, 64);
        CHECK(block != NULL);
        bool is_chunk = what == 1 || what == 2;
        check_told_once(is_chunk ? astray[what] : address_of_bin(bin));
        CHECK_EQUAL(heap.bins[bin], 0);
        CHECK_EQUAL(heap.bins_filled & space_bin_bit(bin), 0);
        CHECK(address_of(block) + 64 <= chunk || chunk + 64 <= address_of(block));
        CHECK(heap.untouched - 8u > address_of(last));
    }
}

/* Whoever puts a chunk there makes the bin anew. */
TEST(a_chunk_put_before_what_is_none) {
    unsigned bin = space_bin_of(64);
    open_with_a_wall();
    char *block = take(64);
    CHECK(block != NULL && take(WALL_BYTES) != NULL);
    uint32_t chunks[2];
    make_chunks((const size_t[]){64, 64}, chunks, 2);
    uint32_t behind = chunks[0], lost = chunks[1];
    CHECK_EQUAL(heap.bins[bin], behind);
    CHECK_EQUAL(link_peek_next(&heap, behind), lost);
    heap.bins[bin] = lost; /* it is not the first */
    CHECK(pools_free_fast(&heap, block) || pools_free(&heap, block) == POOLS_OK);
    pools_reclaim(&heap);
    check_told_once(address_of_bin(bin));
    CHECK_EQUAL(heap.bins[bin], address_of(block));
    CHECK_EQUAL(link_peek_next(&heap, address_of(block)), 0);
    CHECK_EQUAL(link_peek_previous(&heap, address_of(block)), chunk_first_in(bin));
    CHECK((heap.bins_filled & space_bin_bit(bin)) != 0);
    CHECK(pools_memalign(&heap, 8, 64) == block);
    CHECK_EQUAL(pools_take_damage(&heap), 0);
}

/* Who asks for the largest request, or how far a block can slide, only looks. */
TEST(who_only_looks) {
    enum { LONG = 640, LONGER = 704 };
    open_with_a_wall();
    char *first = take(LONG - 8), *wall = take(WALL_BYTES), *second = take(LONGER - 8);
    CHECK(first != NULL && wall != NULL && second != NULL && take(WALL_BYTES) != NULL);
    char *large = take(LONG), *ballast = take(statistics().largest_free_bytes - 200);
    CHECK(large != NULL && ballast != NULL);
    CHECK_EQUAL(give(second), POOLS_OK);
    CHECK_EQUAL(give(first), POOLS_OK);
    unsigned bin = space_bin_of(LONG);
    uint32_t chunk = heap.bins[bin], next = link_peek_next(&heap, chunk);
    CHECK_EQUAL(chunk, address_of(first) - 8u);
    CHECK_EQUAL(next, address_of(second) - 8u);
    CHECK_EQUAL(pools_largest_request_bytes(&heap), LONGER - 8);
    struct pools_heap before = heap;
    *chunk_last_word(next, LONGER) ^= 8u;
    CHECK_EQUAL(pools_largest_request_bytes(&heap), LONG - 8);
    *chunk_last_word(next, LONGER) ^= 8u;
    *chunk_last_word(chunk, LONG) ^= 8u;
    CHECK(pools_largest_request_bytes(&heap) <= 200);
    *chunk_last_word(chunk, LONG) ^= 8u;
    CHECK_EQUAL(pools_largest_request_bytes(&heap), LONGER - 8);
    CHECK(memcmp(&heap, &before, sizeof heap) == 0);
    check_sound();
}

/* A large block does not slide into a chunk before it that has been written to. */
TEST(a_block_does_not_slide_into_damage) {
    enum { LONG = 640 };
    open_with_a_wall();
    char *before = take(LONG), *block = take(LONG);
    CHECK(before != NULL && block != NULL && take(WALL_BYTES) != NULL);
    CHECK(take(statistics().largest_free_bytes - 64) != NULL);
    CHECK_EQUAL(give(before), POOLS_OK);
    uint32_t chunk = address_of(before) - POOLS_LARGE_HEADER_BYTES;
    fill(block, LONG, 3);
    *chunk_free_bytes(chunk) ^= 64u;
    struct pools_heap heap_before = heap;
    CHECK(pools_slide_begin(&heap, block, LONG + 100) == NULL);
    CHECK(memcmp(&heap, &heap_before, sizeof heap) == 0);
    *chunk_free_bytes(chunk) ^= 64u;
    check_sound();
    check_filled(block, LONG, 3);
    CHECK(pools_realloc(&heap, block, LONG + 100) == before);
    check_filled(before, LONG, 3);
    check_sound();
}

TEST_LIST = {
    TEST_ENTRY(a_pool_that_leads_to_no_block_of_it), TEST_ENTRY(a_block_whose_end_is_out_of_sight),
    TEST_ENTRY(a_block_longer_than_the_arena),       TEST_ENTRY(a_bin_that_leads_to_no_chunk_of_it),
    TEST_ENTRY(a_chunk_put_before_what_is_none),     TEST_ENTRY(who_only_looks),
    TEST_ENTRY(a_block_does_not_slide_into_damage),
};
