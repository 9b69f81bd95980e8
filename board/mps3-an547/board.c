// SPDX-License-Identifier: MIT
#include "board.h"

const char board_name[] = "mps3-an547";

/* SysTick runs at the CPU clock of 32 MHz. */
uint32_t board_tick_period_ps(void) {
    return 31250;
}
