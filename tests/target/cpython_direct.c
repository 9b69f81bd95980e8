// SPDX-License-Identifier: MIT
// test-icount: 8
// test-flags: 1
// test-libcs: nano
/* A program that names no table links none, and its calls of the domains cost what pymem.h says. */
#include <Python.h>

#include "board.h"
#include "target.h"

#ifdef __thumb2__
enum { CALL_MORE_MAX = 9 };
#else
enum { CALL_MORE_MAX = 12 };
#endif

extern char pymem_tables[] __attribute__((weak));
extern char pymem_current_heap __attribute__((weak));

/* Instructions of a block's life, without those that it takes to measure. */
#define MEASURE(malloc_function, free_function)                                                    \
    ({                                                                                             \
        uint32_t start = board_tick();                                                             \
        void *block = malloc_function(40);                                                         \
        free_function(block);                                                                      \
        uint32_t end = board_tick();                                                               \
        board_instructions(start, end);                                                            \
    })

TEST(links_no_tables) {
    CHECK(pymem_tables == NULL);
    CHECK(&pymem_current_heap == NULL);
}

TEST(costs_a_few_instructions) {
    if (board_tick_period_ps() == 0) {
        SKIP("the board has no tick fine enough");
    }
    board_tick_start();
    (void)MEASURE(malloc, free);
    uint32_t plain = MEASURE(malloc, free);
    uint32_t direct = MEASURE(PyMem_Malloc, PyMem_Free);
    TEST_NOTE("malloc and free %u instructions, PyMem_Malloc and PyMem_Free %u more",
              (unsigned)plain, (unsigned)(direct - plain));
    CHECK(direct >= plain);
    CHECK(direct - plain <= CALL_MORE_MAX * 2);
}

TEST_LIST = {TEST_ENTRY(links_no_tables), TEST_ENTRY(costs_a_few_instructions)};
