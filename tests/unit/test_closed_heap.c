// SPDX-License-Identifier: MIT
/* A heap whose region was refused; a program of its own, for it may crash. */
#include "fixture.h"

TEST(reclaim_of_a_heap_that_did_not_open_does_nothing) {
    static struct pools_heap before;
    char *memory = test_region(1024);
    CHECK_EQUAL(pools_open(&heap, memory, memory + 8), POOLS_REGION_TOO_SMALL);
    before = heap;
    pools_reclaim(&heap);
    CHECK(memcmp(&before, &heap, sizeof heap) == 0);
}

TEST(a_heap_that_did_not_open_serves_nothing) {
    static struct pools_heap before;
    char *memory = test_region(1024);
    CHECK_EQUAL(pools_open(&heap, memory, memory + 8), POOLS_REGION_TOO_SMALL);
    before = heap;
    for (size_t bytes = 0; bytes < 1200; bytes += 60) {
        CHECK(pools_malloc(&heap, bytes) == NULL);
        for (size_t alignment = 1; alignment <= 64; alignment *= 2) {
            CHECK(pools_memalign(&heap, alignment, bytes) == NULL);
        }
    }
    CHECK(!pools_owns(&heap, memory) && pools_free(&heap, memory) == POOLS_NOT_OWNED);
    CHECK(pools_realloc(&heap, memory, 8) == NULL);
    CHECK(memcmp(&before, &heap, sizeof heap) == 0);
}

TEST_LIST = {TEST_ENTRY(reclaim_of_a_heap_that_did_not_open_does_nothing),
             TEST_ENTRY(a_heap_that_did_not_open_serves_nothing)};
