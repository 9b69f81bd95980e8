// SPDX-License-Identifier: MIT
#include "board.h"

const char board_name[] = "mps2-an500";

/* SysTick runs at the system clock of 25 MHz. */
uint32_t board_tick_period_ps(void) {
    return 40000;
}
