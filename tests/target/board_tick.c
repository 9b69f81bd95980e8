// SPDX-License-Identifier: MIT
// test-icount: 8
// test-flags: 1
// test-libcs: nano
/* The board's tick counts instructions: a run of n instructions measures n. */
#include "board.h"
#include "harness/test.h"

/* Executes 1 + 2 * 200 instructions. */
__attribute__((always_inline)) static inline void execute_401(void) {
    uint32_t count;
    __asm__ volatile(".syntax unified\n"
                     "movs %0, #200\n"
                     "1: subs %0, %0, #1\n"
                     "bne 1b"
                     : "=l"(count)
                     :
                     : "cc");
}

static uint32_t empty_interval(void) {
    uint32_t start = board_tick();
    uint32_t end = board_tick();
    return board_instructions(start, end);
}

TEST(counts_instructions) {
    if (board_tick_period_ps() == 0) {
        SKIP("the board has no tick fine enough");
    }
    board_tick_start();
    uint32_t empty = empty_interval();
    CHECK_EQUAL(empty_interval(), empty);

    uint32_t start = board_tick();
    __asm__ volatile("nop");
    uint32_t end = board_tick();
    CHECK_EQUAL(board_instructions(start, end) - empty, 1);

    start = board_tick();
    execute_401();
    end = board_tick();
    CHECK_EQUAL(board_instructions(start, end) - empty, 401);
}

TEST(starting_again_keeps_the_tick) {
    board_tick_start();
    uint32_t start = board_tick();
    board_tick_start();
    CHECK(((board_tick() - start) & board_tick_mask) < 1000);
}

TEST(wraps_at_its_mask) {
    CHECK_EQUAL(board_instructions(board_tick_mask, 0), board_instructions(0, 1));
}

TEST_LIST = {TEST_ENTRY(counts_instructions), TEST_ENTRY(starting_again_keeps_the_tick),
             TEST_ENTRY(wraps_at_its_mask)};
