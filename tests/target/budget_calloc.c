// SPDX-License-Identifier: MIT
// test-icount: 8
// test-flags: 1
// test-libcs: nano
// test-link: -Wl,--defsym=__obmalloc_arena_size=1040
/* What calloc takes beyond a malloc and a clear of the same block, and what memalign takes. */
#include <stdlib.h>

#include "budget/budget.h"
#include "bulk.h"

/* A call that returns nothing, as one that is metered. */
static uint32_t clear(void *block, size_t bytes) {
    uintptr_t nothing;
    return meter_count(METER_FUNCTION(bulk_clear), (uintptr_t)block, bytes, &nothing);
}

/* A free block of this size is at hand for both, in a pool or as a chunk. */
static void extra(enum budget_path path, size_t request_bytes) {
    void *block;
    budget_open(BUDGET_REGION_BYTES);
    free(budget_island(request_bytes));
    uint32_t parts = budget_malloc(request_bytes, &block);
    parts += clear(block, (request_bytes + 7) & ~(size_t)7);
    free(block);
    uint32_t whole = budget_calloc(request_bytes, &block);
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
    void *block;
    budget_open(BUDGET_REGION_BYTES);
    free(budget_island(16));
    budget_hold(BUDGET_calloc_16, budget_calloc(16, &block));
}

/* The region is aligned to 256, its map takes 72 of it, and nil 8: granule 1 lies at 80. */
BUDGET_CASE(memalign_ready) {
    void *block;
    budget_open(BUDGET_REGION_BYTES);
    free(budget_island(48));
    budget_hold(BUDGET_memalign_ready, budget_memalign(16, 48, &block));
}

BUDGET_CASE(memalign_8) {
    void *block;
    budget_open(BUDGET_REGION_BYTES);
    free(budget_island(48));
    budget_hold(BUDGET_memalign_8, budget_memalign(8, 48, &block));
}

BUDGET_CASE(memalign_cut_chunk) {
    void *block;
    budget_open(BUDGET_REGION_BYTES);
    free(budget_island(500));
    budget_hold(BUDGET_memalign_cut_chunk, budget_memalign(64, 100, &block));
}

BUDGET_CASE(memalign_cut_untouched) {
    void *block;
    budget_open(BUDGET_REGION_BYTES);
    free(malloc(1600));
    budget_hold(BUDGET_memalign_cut_untouched, budget_memalign(64, 100, &block));
}

BUDGET_CASE(memalign_large_cut_chunk) {
    void *block;
    budget_open(BUDGET_REGION_BYTES);
    free(budget_island(1000));
    budget_hold(BUDGET_memalign_large_cut_chunk, budget_memalign(64, 600, &block));
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
