// SPDX-License-Identifier: MIT
#include "board.h"

const char board_name[] = "lm3s6965evb";

/* SysTick runs at 50 MHz */
uint32_t board_tick_period_ps(void) {
    return 20000;
}
