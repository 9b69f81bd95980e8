// SPDX-License-Identifier: MIT
// test-icount: 8
// test-flags: 1
// test-libcs: nano
// test-link: -Wl,--defsym=__obmalloc_arena_size=1040
/* What a slice of the integrity walk takes, whatever the heap holds: port/MISUSE.md says how long interrupts are off. */
#include <string.h>

#include "budget/budget.h"
#include "replay/meter.h"

enum {
    REGION_BYTES = 6144,
    SLICE_STEPS = 8,
/* port/MISUSE.md, "Is it sound?": the longest slice of one step, and of eight. */
#if __ARM_ARCH_ISA_THUMB >= 2
    ONE_STEP_MAX = 600,
    SLICE_MAX = 1750,
#else
    ONE_STEP_MAX = 1100,
    SLICE_MAX = 3100,
#endif
};

static struct pools_heap heap;
static struct pools_cursor cursor;
static uint32_t step_count_max;

static uintptr_t slice(void) {
    struct pools_finding finding;
    bool more = pools_check_some(&heap, &cursor, step_count_max, &finding);
    CHECK_EQUAL(finding.status, POOLS_OK);
    return more;
}

static void fill_heap(size_t region_bytes) {
    void *blocks[40];
    test_region_reset();
    char *start = test_region(region_bytes);
    memset(start, 0, region_bytes);
    CHECK_EQUAL(pools_open(&heap, start, start + region_bytes), POOLS_OK);
    void *large = pools_malloc(&heap, 2000);
    CHECK(large != NULL && pools_malloc(&heap, 16) != NULL);
    for (unsigned i = 0; i < 40; i++) {
        blocks[i] = pools_malloc(&heap, 16 + i % 5 * 12);
    }
    for (unsigned i = 0; i < 40; i += 2) {
        CHECK_EQUAL(pools_free(&heap, blocks[i]), POOLS_OK);
    }
    CHECK_EQUAL(pools_free(&heap, large), POOLS_OK);
}

/* The longest slice of a whole walk. */
static uint32_t longest(uint32_t steps) {
    uint32_t worst = 0;
    uintptr_t more = 1;
    cursor = (struct pools_cursor){0};
    step_count_max = steps;
    while (more) {
        uint32_t count = meter_count(METER_FUNCTION(slice), 0, 0, &more);
        worst = count > worst ? count : worst;
    }
    return worst;
}

TEST(no_slice_takes_longer_than_stated) {
    if (!meter_start(false)) {
        SKIP("the board has no tick that can tell instructions apart");
    }
    fill_heap(REGION_BYTES);
    uint32_t one = longest(1);
    uint32_t eight = longest(SLICE_STEPS);
    TEST_NOTE("one step %u instructions at most, %u steps %u", (unsigned)one, SLICE_STEPS,
              (unsigned)eight);
    CHECK(one <= ONE_STEP_MAX);
    CHECK(eight <= SLICE_MAX);
}

TEST_LIST = {TEST_ENTRY(no_slice_takes_longer_than_stated)};
