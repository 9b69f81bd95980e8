// SPDX-License-Identifier: MIT
/*
 * The heap's own words damaged, with encoded links (pools/seal.h): every call refuses, changes nothing and says so; and what
 * has no seal leads nowhere. tests/corruption goes on with a damaged heap for long. Built with -DPOOLS_LINKS_ENCODED.
 */
#include "../../unit/fixture.h"
#include "largest.h"

enum { REGION_BYTES = 4096 };

static unsigned char region_before[REGION_BYTES];
static struct pools_heap heap_before;
static void *small, *large;

static void prepare(void) {
    open_heap(REGION_BYTES);
    void *wall = take(40);
    small = take(100);
    void *hole = take(40);
    large = take(700);
    CHECK(wall != NULL && small != NULL && hole != NULL && large != NULL);
    CHECK_EQUAL(give(hole), POOLS_OK);
    heap_before = heap;
    memcpy(region_before, word_at(heap.start), REGION_BYTES);
}

/* Nothing but what was flipped, and what is noted, has changed. */
static void check_refused(struct pools_heap *flipped) {
    CHECK_EQUAL(pools_take_damage(&heap), (uint32_t)(uintptr_t)&heap.base);
    CHECK(memcmp(&heap, flipped, sizeof heap) == 0);
    CHECK(memcmp(word_at(heap_before.start), region_before, REGION_BYTES) == 0);
}

static void check_all_refuse(void) {
    struct pools_heap flipped = heap;
    struct pools_finding finding;
    size_t bytes;
    CHECK(pools_malloc_fast(&heap, 40) == NULL);
    CHECK(pools_malloc(&heap, 40) == NULL);
    check_refused(&flipped);
    CHECK(pools_malloc(&heap, 600) == NULL);
    check_refused(&flipped);
    CHECK(pools_memalign(&heap, 64, 40) == NULL);
    check_refused(&flipped);
    CHECK(!pools_free_fast(&heap, small));
    CHECK_EQUAL(pools_free(&heap, small), POOLS_CORRUPT);
    check_refused(&flipped);
    CHECK(pools_realloc_fast(&heap, small, 20) == NULL);
    CHECK(pools_realloc(&heap, small, 20) == NULL && pools_resize(&heap, large, 800) == NULL);
    CHECK(pools_slide_begin(&heap, large, 720) == NULL);
    CHECK_EQUAL(pools_block_bytes(&heap, small, &bytes), POOLS_CORRUPT);
    CHECK_EQUAL(pools_largest_request_bytes(&heap), 0);
    CHECK(pools_freed_by(&heap, small) == NULL);
    CHECK_EQUAL(statistics().region_bytes, 0);
    CHECK_EQUAL(pools_check(&heap, &finding), POOLS_CORRUPT);
    pools_reclaim(&heap);
    check_refused(&flipped);
    CHECK(!pools_reclaim_some(&heap, 2));
    check_refused(&flipped);
}

/* The fast paths have looked at the near seal only: they need no more. */
TEST(each_bit_of_what_has_a_seal) {
    static const size_t words[] = {
        offsetof(struct pools_heap, base),     offsetof(struct pools_heap, untouched),
        offsetof(struct pools_heap, secret),   offsetof(struct pools_heap, near_seal),
        offsetof(struct pools_heap, start),    offsetof(struct pools_heap, end),
        offsetof(struct pools_heap, far_seal), offsetof(struct pools_heap, cleared_granules),
    };
    prepare();
    for (unsigned i = 0; i < sizeof words / sizeof words[0] * 32u; i++) {
        bool is_near = i / 32u < 4;
        pools_word *word = (pools_word *)&heap + words[i / 32u] / 4u;
        *word ^= 1u << i % 32u;
        if (is_near) {
            check_all_refuse();
        } else {
            struct pools_heap flipped = heap;
            struct pools_finding finding;
            CHECK(pools_malloc(&heap, 40) == NULL);
            check_refused(&flipped);
            CHECK_EQUAL(pools_free(&heap, small), POOLS_CORRUPT);
            check_refused(&flipped);
            CHECK(!pools_reclaim_some(&heap, 2));
            check_refused(&flipped);
            CHECK_EQUAL(pools_check(&heap, &finding), POOLS_CORRUPT);
        }
        heap = heap_before;
    }
    check_sound();
}

/* What is behind the untouched part's start, where the map may hold anything, is no block. */
TEST(the_limit_of_the_fast_paths_is_no_address) {
    prepare();
    memset(byte_at(heap.start), 0xA5, heap.base - heap.cleared_granules / 8u - heap.start);
    for (unsigned bit = 0; bit < 32; bit++) {
        for (uint32_t address = heap.untouched; address < heap.end; address += 8) {
            heap.fast_free_granules = heap_before.fast_free_granules ^ 1u << bit;
            CHECK(!pools_free_fast(&heap, word_at(address)));
            CHECK(pools_realloc_fast(&heap, word_at(address), 40) == NULL);
        }
    }
    heap.fast_free_granules = heap_before.fast_free_granules;
    check_sound();
}

/* Entries that are 0, because no block is of their length. */
TEST(a_pool_that_is_none) {
    static const unsigned none[] = {0, 1, POOLS_CLASS_LAST + 1u};
    prepare();
    for (unsigned i = 0; i < 3; i++) {
        for (unsigned bit = 0; bit < 32; bit++) {
            heap.pools[none[i]] = 1u << bit;
            CHECK(!pools_free_fast(&heap, (char *)small + 8));
            CHECK(!pools_free_fast(&heap, (char *)small + 16));
            CHECK(!pools_free_fast(&heap, large));
            CHECK(pools_realloc_fast(&heap, (char *)small + 8, 40) == NULL);
        }
        heap.pools[none[i]] = 0;
    }
    CHECK(memcmp(word_at(heap.start), region_before, REGION_BYTES) == 0);
    check_sound();
}

/* The mark where the untouched part begins is missing, and nothing is behind it: the map is not read beyond its
 * end to look for the next one. */
TEST(a_missing_mark_at_the_end) {
    open_heap(POOLS_REGION_BYTES_MIN);
    char *last = NULL;
    for (char *block = take(208); block != NULL; block = take(208)) {
        last = block;
    }
    for (char *block = take(16); block != NULL; block = take(16)) {
        last = block > last ? block : last;
    }
    CHECK(last != NULL);
    uint32_t untouched = map_granule(heap.base, heap.untouched);
    map_change(heap.base, untouched, MAP_FIRST, 0);
    memset(byte_at(heap.start), 0xA5, map_address(heap.base, untouched) - heap.start);
    CHECK_EQUAL(link_small_bytes(&heap, heap.base, untouched - 2u), 0);
    CHECK_EQUAL(pools_free_fast(&heap, last) ? POOLS_OK : pools_free(&heap, last), POOLS_CORRUPT);
}

TEST_LIST = {
    TEST_ENTRY(each_bit_of_what_has_a_seal),
    TEST_ENTRY(the_limit_of_the_fast_paths_is_no_address),
    TEST_ENTRY(a_pool_that_is_none),
    TEST_ENTRY(a_missing_mark_at_the_end),
};
