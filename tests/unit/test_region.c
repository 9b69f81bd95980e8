// SPDX-License-Identifier: MIT
/* pools_open: what is a region and what is not, and that opening depends on neither size nor
 * content. */
#include "fixture.h"

TEST(a_region_that_is_none_is_refused) {
    char *memory = test_region(2048);
    CHECK_EQUAL(pools_open(&heap, NULL, memory), POOLS_REGION_INVALID);
    CHECK_EQUAL(pools_open(&heap, memory, NULL), POOLS_REGION_INVALID);
    CHECK_EQUAL(pools_open(&heap, memory, memory), POOLS_REGION_INVALID);
    CHECK_EQUAL(pools_open(&heap, memory + 1024, memory), POOLS_REGION_INVALID);
    CHECK_EQUAL(pools_open(&heap, memory, memory + 100), POOLS_REGION_TOO_SMALL);
    CHECK_EQUAL(pools_open(&heap, memory, memory + POOLS_REGION_BYTES_MIN - 1),
                POOLS_REGION_TOO_SMALL);
}

TEST(a_heap_that_did_not_open_serves_and_owns_nothing) {
    char *memory = test_region(2048);
    struct pools_finding finding;
    CHECK_EQUAL(pools_open(&heap, memory, memory + 8), POOLS_REGION_TOO_SMALL);
    CHECK(pools_malloc(&heap, 8) == NULL);
    CHECK(pools_memalign(&heap, 64, 8) == NULL);
    CHECK(pools_realloc(&heap, memory, 8) == NULL);
    CHECK_EQUAL(pools_free(&heap, memory), POOLS_NOT_OWNED);
    CHECK(!pools_owns(&heap, memory));
    CHECK_EQUAL(pools_check(&heap, &finding), POOLS_OK);
    CHECK_EQUAL(statistics().region_bytes, 0);
}

TEST(the_smallest_region_holds_a_pool) {
    open_heap(POOLS_REGION_BYTES_MIN);
    unsigned count = 0;
    while (take(8) != NULL) {
        count++;
    }
    CHECK(count >= 30);
    CHECK(statistics().pool_count >= 1);
}

TEST(every_alignment_of_start_and_end_works) {
    char *memory = test_region(2048);
    for (unsigned shift = 0; shift < 256; shift += 3) {
        char *start = memory + shift;
        char *end = memory + 2048 - shift;
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
        CHECK(!pools_owns(&heap, memory + shift - 1));
    }
}

TEST(opening_twice_forgets_the_first) {
    open_heap(2048);
    size_t whole = statistics().largest_free_bytes;
    for (unsigned i = 0; i < 20; i++) {
        CHECK(take(i * 7) != NULL);
    }
    open_heap(2048);
    CHECK_EQUAL(statistics().largest_free_bytes, whole);
}

TEST_LIST = {
    TEST_ENTRY(a_region_that_is_none_is_refused),
    TEST_ENTRY(a_heap_that_did_not_open_serves_and_owns_nothing),
    TEST_ENTRY(the_smallest_region_holds_a_pool),
    TEST_ENTRY(every_alignment_of_start_and_end_works),
    TEST_ENTRY(opening_twice_forgets_the_first),
};
