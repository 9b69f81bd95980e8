// SPDX-License-Identifier: MIT
// test-icount: 8
// test-flags: 1
// test-libcs: nano
// test-link: -Wl,--defsym=__obmalloc_arena_size=1040
/* What calloc takes beyond a malloc and a clear of the same block, and what memalign takes. */
#include <stdlib.h>

#include "budget/budget.h"
#include "bulk.h"
#include "state.h"

/* A call that returns nothing, as one that is metered. */
static uint32_t clear(void *block, size_t bytes) {
    uintptr_t nothing;
    return meter_count(METER_FUNCTION(bulk_clear), (uintptr_t)block, bytes, &nothing);
}

/* A free block of this size is at hand for both, in a pool or as a chunk. */
static void *free_block(size_t request_bytes) {
    budget_open_cleared();
    void *block = request_bytes <= 248 ? malloc(request_bytes) : budget_island(request_bytes);
    free(block);
    return block;
}

static void extra(enum budget_path path, size_t request_bytes) {
    void *expected = free_block(request_bytes);
    void *block;
    uint32_t parts = budget_malloc(request_bytes, &block);
    CHECK_EQUAL(block, expected);
    parts += clear(block, (request_bytes + 7) & ~(size_t)7);
    free(block);
    uint32_t whole = budget_calloc(request_bytes, &block);
    CHECK_EQUAL(block, expected);
    budget_hold(path, whole > parts ? whole - parts : 0);
}

BUDGET_CASE(calloc_extra_16) {
    extra(BUDGET_calloc_extra_16, 16);
}

BUDGET_CASE(calloc_extra_248) {
    extra(BUDGET_calloc_extra_248, 248);
}

BUDGET_CASE(calloc_extra_500) {
    extra(BUDGET_calloc_extra_500, 500);
}

BUDGET_CASE(calloc_extra_1000) {
    extra(BUDGET_calloc_extra_1000, 1000);
}

BUDGET_CASE(calloc_16) {
    void *expected = free_block(16);
    void *block;
    uint32_t instructions = budget_calloc(16, &block);
    CHECK_EQUAL(block, expected);
    budget_hold(BUDGET_calloc_16, instructions);
}

BUDGET_CASE(memalign_ready) {
    void *block;
    budget_open_cleared();
    CHECK_EQUAL(budget_memalign(16, 48, &block) != 0, true);
    void *expected = block;
    free(block);
    uint32_t instructions = budget_memalign(16, 48, &block);
    CHECK_EQUAL(block, expected);
    budget_hold(BUDGET_memalign_ready, instructions);
}

/* No more than malloc owes: it is served by malloc's longer way. */
BUDGET_CASE(memalign_8) {
    void *block;
    free_block(48);
    budget_hold(BUDGET_memalign_8, budget_memalign(8, 48, &block));
}

/* Out of a chunk that begins so far from an aligned address: what is before and behind stays free. */
enum { FROM_ALIGNED_BYTES = 16 };

static void cuts_chunk(enum budget_path path, size_t request_bytes, size_t chunk_bytes) {
    void *block;
    budget_open_cleared();
    CHECK(malloc(256 + (FROM_ALIGNED_BYTES - obmalloc_heap.untouched) % 64) != NULL);
    CHECK_EQUAL(obmalloc_heap.untouched % 64, FROM_ALIGNED_BYTES);
    void *chunk = budget_island(chunk_bytes);
    free(chunk);
    uint32_t instructions = budget_memalign(64, request_bytes, &block);
    CHECK((char *)block > (char *)chunk && (char *)block < (char *)chunk + 64);
    budget_hold(path, instructions);
}

BUDGET_CASE(memalign_cut_chunk) {
    cuts_chunk(BUDGET_memalign_cut_chunk, 104, 500);
}

BUDGET_CASE(memalign_large_cut_chunk) {
    cuts_chunk(BUDGET_memalign_large_cut_chunk, 600, 1000);
}

BUDGET_CASE(memalign_cut_untouched) {
    void *block;
    budget_open_cleared();
    uintptr_t start = obmalloc_heap.untouched;
    uint32_t instructions = budget_memalign(64, 104, &block);
    CHECK((uintptr_t)block > start && (uintptr_t)block < start + 64);
    budget_hold(BUDGET_memalign_cut_untouched, instructions);
}

TEST_LIST = {
    TEST_ENTRY(calloc_extra_16),
    TEST_ENTRY(calloc_extra_248),
    TEST_ENTRY(calloc_extra_500),
    TEST_ENTRY(calloc_extra_1000),
    TEST_ENTRY(calloc_16),
    TEST_ENTRY(memalign_ready),
    TEST_ENTRY(memalign_8),
    TEST_ENTRY(memalign_cut_chunk),
    TEST_ENTRY(memalign_cut_untouched),
    TEST_ENTRY(memalign_large_cut_chunk),
};
