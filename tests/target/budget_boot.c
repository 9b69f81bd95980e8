// SPDX-License-Identifier: MIT
// test-icount: 8
// test-flags: 1
// test-libcs: nano
// test-link: -Wl,--defsym=__obmalloc_arena_size=1040
/*
 * What it takes from reset's state to an open arena: obmalloc_latch(), which boots, reads flag and
 * region, and opens the heap. The hooks of board and test are counted apart and subtracted; they are
 * the firmware's.
 */
#include <stdlib.h>
#include <string.h>

#include "budget/budget.h"
#include "state.h"

extern char __data_start[], __data_load_start[];

enum { SHORT_REGION_BYTES = 8 << 10, LONG_REGION_BYTES = 4 << 20, LONG_MAP_BYTES = 64 << 10 };

/* The port's state as .data and .bss have it. */
static void reset_port(void) {
    const char *first = __data_load_start + ((char *)&obmalloc_heap - __data_start);
    memcpy(&obmalloc_heap, first, sizeof obmalloc_heap);
    memset(&obmalloc_state, 0, sizeof obmalloc_state);
}

static uint32_t hooks_instructions(void) {
    struct obmalloc_region region = {0};
    uintptr_t nothing;
    return meter_count(METER_FUNCTION(obmalloc_boot_region), (uintptr_t)&region, 0, &nothing) +
           meter_count(METER_FUNCTION(obmalloc_boot_flag), 0, 0, &nothing);
}

static uint32_t boot(char *start, size_t region_bytes) {
    budget_region = (struct obmalloc_region){.start = start, .end = start + region_bytes};
    reset_port();
    uintptr_t nothing;
    uint32_t instructions = meter_count(METER_FUNCTION(obmalloc_latch), 0, 0, &nothing);
    CHECK_EQUAL(obmalloc_state.mode, OBMALLOC_POOLS_SERVE);
    CHECK_EQUAL(obmalloc_heap.end - obmalloc_heap.start, region_bytes);
    return instructions - hooks_instructions();
}

BUDGET_CASE(boot_8_kib) {
    budget_open();
    test_region_reset();
    budget_hold(BUDGET_boot_8_kib, boot(test_region(SHORT_REGION_BYTES), SHORT_REGION_BYTES));
}

/* Only the map's end is written at boot: a board needs to have so much of the region. */
BUDGET_CASE(boot_4_mib) {
    budget_open();
    test_region_reset();
    char *start = test_region(LONG_MAP_BYTES);
    uint32_t of_short = boot(start, SHORT_REGION_BYTES);
    uint32_t of_long = boot(start, LONG_REGION_BYTES);
    CHECK_EQUAL(of_long, of_short);
    budget_hold(BUDGET_boot_4_mib, of_long);
}

TEST_LIST = {TEST_ENTRY(boot_8_kib), TEST_ENTRY(boot_4_mib)};
