// SPDX-License-Identifier: MIT
/* pools_reclaim on a heap whose region was refused; a program of its own, for it may crash. */
#include "fixture.h"

TEST(reclaim_of_a_heap_that_did_not_open_does_nothing) {
    static struct pools_heap before;
    char *memory = test_region(1024);
    CHECK_EQUAL(pools_open(&heap, memory, memory + 8), POOLS_REGION_TOO_SMALL);
    before = heap;
    pools_reclaim(&heap);
    CHECK(memcmp(&before, &heap, sizeof heap) == 0);
}

TEST_LIST = {TEST_ENTRY(reclaim_of_a_heap_that_did_not_open_does_nothing)};
