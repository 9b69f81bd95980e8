// SPDX-License-Identifier: MIT
#include "board.h"

enum { INSTRUCTION_PS = 256000 };

/* Rounds to the nearest: the interval starts and ends somewhere within a tick. */
uint32_t board_instructions(uint32_t tick_start, uint32_t tick_end) {
    uint64_t tick_count = (tick_end - tick_start) & board_tick_mask;
    return (uint32_t)((tick_count * board_tick_period_ps() + INSTRUCTION_PS / 2) / INSTRUCTION_PS);
}
