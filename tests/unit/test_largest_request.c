// SPDX-License-Identifier: MIT
/* The largest request at once: served, and nothing above it, in each state of a heap. */
#include "fixture.h"
#include "largest.h"

static bool is_served(size_t bytes) {
    void *block = pools_malloc_fast(&heap, bytes);
    block = block != NULL ? block : pools_malloc(&heap, bytes);
    return block != NULL && pools_free(&heap, block) == POOLS_OK;
}

static void check_largest(void) {
    uint32_t bytes = pools_largest_request_bytes(&heap);
    CHECK(!is_served(bytes + 1u) || bytes % 8u != 0);
    CHECK(!is_served(bytes + 8u));
    CHECK(bytes == 0 || is_served(bytes));
    check_sound();
}

TEST(closed_heap_serves_nothing) {
    struct pools_heap closed = {.base = 0};
    CHECK_EQUAL(pools_largest_request_bytes(&closed), 0);
}

/* From an untouched region down to nothing, and back to one with a hole of every length. */
TEST(at_every_fill) {
    for (size_t bytes = 24; bytes <= 1400; bytes += 88) {
        static void *blocks[200];
        unsigned count = 0;
        open_heap(8192);
        check_largest();
        for (void *block = take(bytes); block != NULL && count < 200; block = take(bytes)) {
            blocks[count++] = block;
        }
        check_largest();
        for (unsigned i = 0; i < count; i += 2) {
            CHECK_EQUAL(give(blocks[i]), POOLS_OK);
            check_largest();
        }
        for (unsigned i = 1; i < count; i += 2) {
            CHECK_EQUAL(give(blocks[i]), POOLS_OK);
            check_largest();
        }
    }
}

/* Nothing is free but what waits. */
TEST(of_what_waits) {
    open_heap(4096);
    void *waits = take(120);
    CHECK(is_plenty());
    CHECK_EQUAL(give(waits), POOLS_OK);
    while (take(1200) != NULL) {
    }
    for (size_t bytes = 248; bytes >= 136; bytes -= 8) {
        while (pools_largest_request_bytes(&heap) >= bytes && take(bytes) != NULL) {
        }
    }
    CHECK(pools_largest_request_bytes(&heap) >= 120);
    CHECK(take(120) != NULL);
}

TEST_LIST = {TEST_ENTRY(closed_heap_serves_nothing), TEST_ENTRY(at_every_fill),
             TEST_ENTRY(of_what_waits)};
