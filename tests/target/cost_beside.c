// SPDX-License-Identifier: MIT
/* What a heap beside the main one, and a linked ledger, cost malloc and free of the main heap: nothing
 * under flag 1; under flag 0 a longer way while there is a heap, and nothing afterwards. */
// test-icount: 8
// test-link: -Wl,--defsym=__obmalloc_arena_size=1040
#include "board.h"
#include "obmalloc_heap.h"
#include "obmalloc_ledger.h"
#include "target.h"

enum { REGION_BYTES = 1536, REQUEST_BYTES = 24 };

/* What obmalloc_heap.h says that flag 0 pays at most while there is a heap. */
#if __ARM_ARCH_ISA_THUMB >= 2
enum { MORE_FOR_MALLOC = 41, MORE_FOR_FREE = 55 };
#else
enum { MORE_FOR_MALLOC = 80, MORE_FOR_FREE = 145 };
#endif

static __attribute__((aligned(8), section(".noinit"))) char region[REGION_BYTES];

struct cost {
    uint32_t malloc, free;
};

static struct cost measured(void) {
    struct cost cost;
    for (unsigned round = 0; round < 2; round++) { /* the first one brings the block to hand */
        uint32_t start = board_tick();
        uint32_t behind_nothing = board_tick();
        void *block = malloc(REQUEST_BYTES);
        uint32_t behind_malloc = board_tick();
        free(block);
        uint32_t behind_free = board_tick();
        uint32_t nothing = board_instructions(start, behind_nothing);
        CHECK(block != NULL);
        cost.malloc = board_instructions(behind_nothing, behind_malloc) - nothing;
        cost.free = board_instructions(behind_malloc, behind_free) - nothing;
    }
    return cost;
}

TEST(calls_of_the_main_heap) {
    if (board_tick_period_ps() == 0) {
        SKIP("the board has no tick that can tell instructions apart");
    }
    board_tick_start();
    CHECK(obmalloc_ledger()->is_complete);
    struct cost without = measured();
    struct obmalloc_heap *heap;
    CHECK_EQUAL(obmalloc_heap_create(region, region + REGION_BYTES, &heap), OBMALLOC_HEAP_OK);
    struct cost with = measured();
    CHECK_EQUAL(obmalloc_heap_destroy(heap, OBMALLOC_HEAP_REFUSE, NULL), OBMALLOC_HEAP_OK);
    struct cost after = measured();
    TEST_NOTE("malloc %u, with a heap %u, after it %u; free %u, %u, %u", (unsigned)without.malloc,
              (unsigned)with.malloc, (unsigned)after.malloc, (unsigned)without.free,
              (unsigned)with.free, (unsigned)after.free);
    CHECK_EQUAL(after.malloc, without.malloc);
    CHECK_EQUAL(after.free, without.free);
    if (flag() == 1) {
        CHECK_EQUAL(with.malloc, without.malloc);
        CHECK_EQUAL(with.free, without.free);
    } else {
        CHECK(with.malloc > without.malloc);
        CHECK(with.malloc - without.malloc <= MORE_FOR_MALLOC);
        CHECK(with.free - without.free <= MORE_FOR_FREE);
    }
}

TEST_LIST = {TEST_ENTRY(calls_of_the_main_heap)};
