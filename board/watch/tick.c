// SPDX-License-Identifier: MIT
/* The board's tick as a clock that counts on where the tick wraps. */
#include "board.h"
#include "obmalloc_tick.h"

/* Eight of the board's ticks are about an instruction of QEMU's. */
enum { TICK_SHIFT = 3 };

uint32_t obmalloc_tick(void) {
    static uint32_t last, rest, total;
    board_tick_start();
    uint32_t now = board_tick();
    rest += (now - last) & board_tick_mask;
    last = now;
    total += rest >> TICK_SHIFT;
    rest &= (1u << TICK_SHIFT) - 1u;
    return total;
}

uint32_t obmalloc_tick_period_ps(void) {
    return board_tick_period_ps() << TICK_SHIFT;
}
