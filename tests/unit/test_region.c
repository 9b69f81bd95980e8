// SPDX-License-Identifier: MIT
/* pools_open: what is a region and what is not; that its contents do not matter; its very ends. */
#include "bounds.h"
#include "fixture.h"

TEST(a_region_that_is_none_is_refused) {
    char *memory = test_region(2048);
    CHECK_EQUAL(pools_open(&heap, NULL, memory), POOLS_REGION_INVALID);
    CHECK_EQUAL(pools_open(&heap, memory, NULL), POOLS_REGION_INVALID);
    CHECK_EQUAL(pools_open(&heap, NULL, NULL), POOLS_REGION_INVALID);
    CHECK_EQUAL(pools_open(&heap, memory, memory), POOLS_REGION_INVALID);
    CHECK_EQUAL(pools_open(&heap, memory + 1024, memory), POOLS_REGION_INVALID);
    CHECK_EQUAL(pools_open(&heap, memory, memory + 1), POOLS_REGION_TOO_SMALL);
    CHECK_EQUAL(pools_open(&heap, memory, memory + POOLS_REGION_BYTES_MIN - 1),
                POOLS_REGION_TOO_SMALL);
    CHECK_EQUAL(pools_open(&heap, memory + 1, memory + 1 + POOLS_REGION_BYTES_MIN),
                POOLS_REGION_TOO_SMALL);
    CHECK_EQUAL(pools_open(&heap, memory, memory + POOLS_REGION_BYTES_MIN), POOLS_OK);
#if UINTPTR_MAX > 0xFFFFFFFFu
    CHECK_EQUAL(pools_open(&heap, memory, memory + 0x100000000u), POOLS_REGION_INVALID);
#endif
}

static void check_closed(char *memory) {
    struct pools_finding finding;
    size_t bytes;
    CHECK(pools_malloc(&heap, 8) == NULL);
    CHECK(pools_malloc(&heap, 800) == NULL);
    CHECK(pools_memalign(&heap, 64, 8) == NULL);
    CHECK(pools_realloc(&heap, memory, 8) == NULL);
    CHECK(!pools_free_fast(&heap, memory));
    CHECK_EQUAL(pools_free(&heap, memory), POOLS_NOT_OWNED);
    CHECK_EQUAL(pools_free(&heap, NULL), POOLS_NOT_OWNED);
    CHECK_EQUAL(pools_block_bytes(&heap, memory, &bytes), POOLS_NOT_OWNED);
    CHECK(!pools_owns(&heap, memory));
    CHECK(!pools_owns(&heap, NULL));
    CHECK_EQUAL(pools_check(&heap, &finding), POOLS_OK);
    CHECK_EQUAL(statistics().region_bytes, 0);
}

TEST(a_heap_that_did_not_open_serves_and_owns_nothing) {
    char *memory = test_region(2048);
    memset(memory, 0xFF, 2048);
    CHECK_EQUAL(pools_open(&heap, memory, memory + 8), POOLS_REGION_TOO_SMALL);
    check_closed(memory);
    CHECK_EQUAL(pools_open(&heap, memory + 8, memory), POOLS_REGION_INVALID);
    check_closed(memory);
    /* Also one that was open before. */
    CHECK_EQUAL(pools_open(&heap, memory, memory + 2048), POOLS_OK);
    CHECK(take(8) != NULL);
    CHECK_EQUAL(pools_open(&heap, NULL, memory), POOLS_REGION_INVALID);
    check_closed(memory);
}

TEST(the_smallest_region_is_useful) {
    open_heap(POOLS_REGION_BYTES_MIN);
    CHECK(is_plenty());
    unsigned count = 0;
    while (take(8) != NULL) {
        count++;
    }
    CHECK_EQUAL(count, (1024 - statistics().map_bytes) / 16);
    open_heap(POOLS_REGION_BYTES_MIN);
    CHECK_EQUAL(statistics().map_bytes, 40);
    CHECK(take(1024 - 40 - 8) != NULL);
}

/* Nothing outside of it is read or written: on the PC there are guard pages, here are marks. */
TEST(every_alignment_of_start_and_end_works) {
    char *memory = test_region(2048);
    memset(memory, 0xC3, 2048);
    for (unsigned shift = 0; shift < 272; shift++) {
        char *start = memory + shift;
        char *end = memory + 2048 - shift * 3 % 271;
        CHECK_EQUAL(pools_open(&heap, start, end), POOLS_OK);
        check_sound();
        char *block = NULL;
        for (char *next = take(40); next != NULL; next = take(40)) {
            CHECK(next >= start && next + 40 <= end);
            CHECK_EQUAL((uintptr_t)next % 8, 0);
            memset(next, (int)shift, 40);
            block = next;
        }
        CHECK_EQUAL(give(block), POOLS_OK);
        CHECK(!pools_owns(&heap, start - 1));
        CHECK(!pools_owns(&heap, end));
        CHECK(pools_owns(&heap, block));
        CHECK(end - (char *)(uintptr_t)heap.end < 8 && (char *)(uintptr_t)heap.end <= end);
        CHECK((char *)(uintptr_t)heap.start - start < 8);
        for (char *outside = memory; outside < start; outside++) {
            CHECK_EQUAL((unsigned char)*outside, 0xC3);
        }
        for (char *outside = end; outside < memory + 2048; outside++) {
            CHECK_EQUAL((unsigned char)*outside, 0xC3);
        }
        memset(memory, 0xC3, 2048);
    }
}

/* Filled to the last granule by blocks of each size, all of which can be freed again: the map
 * reaches that far, and not below the region. */
TEST(blocks_up_to_the_last_granule) {
    char *memory = test_region(4096);
    for (size_t region_bytes = 1024; region_bytes <= 4096; region_bytes += 8) {
        memset(memory, 0xFF, 4096);
        char *start = memory + 4096 - region_bytes;
        CHECK_EQUAL(pools_open(&heap, start, memory + 4096), POOLS_OK);
        size_t bytes = 16 + region_bytes % 512;
        char *last = NULL;
        while (statistics().largest_free_bytes >= bytes) {
            last = pools_malloc(&heap, bytes);
            CHECK(last != NULL);
        }
        if (statistics().largest_free_bytes != 0) {
            last = pools_malloc(&heap, statistics().largest_free_bytes);
        }
        CHECK(last != NULL);
        check_sound();
        CHECK(memory + 4096 - (last + usable(last)) <= 8);
        memset(last, 0xFF, usable(last));
        check_sound();
        CHECK_EQUAL(give(last), POOLS_OK);
        for (char *mark = memory; mark < start; mark++) {
            CHECK_EQUAL((unsigned char)*mark, 0xFF);
        }
    }
}

/* The map has a bit for each granule and one more, read by words, and nothing to spare. */
TEST(the_map_fits_every_region) {
    uint32_t step = sizeof(void *) > 4 ? 8 : 8 * 1021;
    for (uint32_t bytes = POOLS_REGION_BYTES_MIN; bytes <= POOLS_REGION_BYTES_MAX; bytes += step) {
        uint32_t map_bytes = bounds_map_bytes(bytes);
        uint32_t granules = (bytes - map_bytes) / 8;
        CHECK_EQUAL(map_bytes % 8, 0);
        CHECK(map_bytes >= granules / 8 + 1 + MAP_SLACK_BYTES);
        CHECK(map_bytes <= granules / 8 + 1 + MAP_SLACK_BYTES + 16);
    }
}

/* The sizes where the map is shortest for what it must hold: a full region must be sound. */
TEST(a_region_whose_map_is_tight_can_be_filled) {
    static const uint32_t sizes[] = {65528, 69688, 73848, 78008, 82168, 12050488};
    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        open_heap(sizes[i]);
        char *block = take(statistics().largest_free_bytes);
        CHECK_EQUAL(statistics().free_bytes, 0);
        CHECK_EQUAL(give(block), POOLS_OK);
        check_nothing_left();
    }
}

TEST(opening_costs_the_same_whatever_the_size_and_contents) {
    size_t most = test_region_bytes_max() < 0x01800000 ? test_region_bytes_max() : 0x01800000;
    char *memory = test_region(most);
    memset(memory, 0x5A, most);
    CHECK_EQUAL(pools_open(&heap, memory, memory + most), POOLS_OK);
    size_t written = 0;
    for (size_t i = 0; i < most; i++) {
        written += memory[i] != 0x5A;
    }
    /* Nil, and the map's first granule. */
    CHECK_EQUAL(written, 16);
    check_sound();
}

TEST(a_region_longer_than_16_mib_is_used_up_to_there) {
    if (test_region_bytes_max() < POOLS_REGION_BYTES_MAX + 4096) {
        SKIP("the board has less than 16 MiB of RAM");
    }
    open_heap(POOLS_REGION_BYTES_MAX + 4096);
    CHECK_EQUAL(statistics().region_bytes, POOLS_REGION_BYTES_MAX);
    size_t whole = statistics().largest_free_bytes;
    CHECK(take(whole + 1) == NULL);
    char *block = take(whole);
    CHECK(block != NULL);
    CHECK_EQUAL(block + whole - (char *)(uintptr_t)heap.start, POOLS_REGION_BYTES_MAX);
    CHECK_EQUAL(give(block), POOLS_OK);
    check_nothing_left();
}

TEST(opening_twice_forgets_the_first) {
    open_heap(2048);
    struct pools_statistics first = statistics();
    for (unsigned i = 0; i < 20; i++) {
        CHECK(take(i * 7) != NULL);
    }
    open_heap(2048);
    struct pools_statistics second = statistics();
    CHECK(memcmp(&first, &second, sizeof first) == 0);
}

TEST_LIST = {
    TEST_ENTRY(a_region_that_is_none_is_refused),
    TEST_ENTRY(a_heap_that_did_not_open_serves_and_owns_nothing),
    TEST_ENTRY(the_smallest_region_is_useful),
    TEST_ENTRY(every_alignment_of_start_and_end_works),
    TEST_ENTRY(blocks_up_to_the_last_granule),
    TEST_ENTRY(the_map_fits_every_region),
    TEST_ENTRY(a_region_whose_map_is_tight_can_be_filled),
    TEST_ENTRY(opening_costs_the_same_whatever_the_size_and_contents),
    TEST_ENTRY(a_region_longer_than_16_mib_is_used_up_to_there),
    TEST_ENTRY(opening_twice_forgets_the_first),
};
