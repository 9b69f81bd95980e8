// SPDX-License-Identifier: MIT
#include "budget/budget.h"

#include <malloc.h>
#include <stdlib.h>

#include "board.h"
#include "bulk.h"
#include "chunk.h"
#include "state.h"

enum {
    /* Longer than any block of a pool, so that it is cut alone. */
    GUARD_BYTES = 256,
    /* What budget_make_scarce() leaves. */
    SCARCE_BYTES = BUDGET_REGION_BYTES / 5,
    CLEARED_BYTES = BUDGET_REGION_BYTES * 3 / 4
};

struct budget {
    const char *path;
    uint32_t target; /* 0 = none is stated */
    uint32_t budget;
};

static const struct budget table[] = {
#if __ARM_ARCH_ISA_THUMB >= 2
#define BUDGET(path, target_v7m, budget_v7m, target_v6m, budget_v6m, what)                         \
    {#path, target_v7m, budget_v7m},
#else
#define BUDGET(path, target_v7m, budget_v7m, target_v6m, budget_v6m, what)                         \
    {#path, target_v6m, budget_v6m},
#endif
#include "budget/table.inc"
#undef BUDGET
};

struct obmalloc_region budget_region;

/* The whole region is the arena: what the pools do not serve is not served. */
void obmalloc_boot_region(struct obmalloc_region *region) {
    if (budget_region.start != NULL) {
        *region = budget_region;
    }
    region->arena_bytes = 0;
}

void budget_open(void) {
#if !defined(__OPTIMIZE__) || defined(__OPTIMIZE_SIZE__)
    SKIP("the budgets are those of -O2");
#endif
    if (!meter_start(false)) {
        SKIP("the board has no tick that can tell instructions apart");
    }
    void *block = malloc(1); /* latched before, not in the call that is counted */
    CHECK(block != NULL);
    free(block);
    test_region_reset();
    char *start = test_region(BUDGET_REGION_BYTES);
    /* What freed blocks say in their second word must not be found in new ones. */
    (void)bulk_clear(start, BUDGET_REGION_BYTES);
    CHECK_EQUAL(pools_open(&obmalloc_heap, start, start + BUDGET_REGION_BYTES), POOLS_OK);
}

void budget_open_cleared(void) {
    budget_open();
    void *block = malloc(CLEARED_BYTES);
    CHECK(block != NULL);
    free(block);
}

void budget_make_scarce(void) {
    size_t left_bytes = obmalloc_heap.end - obmalloc_heap.untouched;
    CHECK(malloc(left_bytes - SCARCE_BYTES) != NULL);
    CHECK_EQUAL(obmalloc_heap.fast_free_granules, 0);
}

uint32_t budget_malloc(size_t request_bytes, void **block) {
    uintptr_t result;
    uint32_t instructions = meter_count(METER_FUNCTION(malloc), request_bytes, 0, &result);
    *block = (void *)result;
    CHECK(*block != NULL);
    return instructions;
}

uint32_t budget_calloc(size_t request_bytes, void **block) {
    uintptr_t result;
    uint32_t instructions = meter_count(METER_FUNCTION(calloc), 1, request_bytes, &result);
    *block = (void *)result;
    CHECK(*block != NULL);
    return instructions;
}

uint32_t budget_realloc(void **block, size_t request_bytes) {
    uintptr_t result;
    uint32_t instructions =
        meter_count(METER_FUNCTION(realloc), (uintptr_t)*block, request_bytes, &result);
    *block = (void *)result;
    CHECK(*block != NULL);
    return instructions;
}

uint32_t budget_memalign(size_t alignment_bytes, size_t request_bytes, void **block) {
    uintptr_t result;
    uint32_t instructions =
        meter_count(METER_FUNCTION(memalign), alignment_bytes, request_bytes, &result);
    *block = (void *)result;
    CHECK(*block != NULL);
    CHECK_EQUAL(result % alignment_bytes, 0);
    return instructions;
}

uint32_t budget_free(void *block) {
    uintptr_t nothing;
    return meter_count(METER_FUNCTION(free), (uintptr_t)block, 0, &nothing);
}

static uintptr_t chunk_of(const void *block, size_t request_bytes) {
    return (uintptr_t)block -
           (request_bytes > POOLS_SMALL_BYTES_MAX ? POOLS_LARGE_HEADER_BYTES : 0);
}

void budget_neighbours(const size_t *request_bytes, void **blocks, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        uintptr_t untouched = obmalloc_heap.untouched;
        blocks[i] = malloc(request_bytes[i]);
        CHECK_EQUAL(chunk_of(blocks[i], request_bytes[i]), untouched);
        CHECK_EQUAL(obmalloc_heap.untouched, untouched + chunk_bytes_for(request_bytes[i]));
    }
}

void *budget_island(size_t request_bytes) {
    void *blocks[2];
    budget_neighbours((const size_t[]){request_bytes, GUARD_BYTES}, blocks, 2);
    return blocks[0];
}

void budget_hold(enum budget_path path, uint32_t instructions) {
    const struct budget *row = &table[path];
    TEST_NOTE("budget %s %u target %u budget %u", row->path, (unsigned)instructions,
              (unsigned)row->target, (unsigned)row->budget);
    struct pools_finding finding;
    CHECK_EQUAL(pools_check(&obmalloc_heap, &finding), POOLS_OK);
    if (instructions > row->budget) {
        test_check_equal(__FILE__, __LINE__, "instructions within the budget", instructions,
                         row->budget);
    }
}
