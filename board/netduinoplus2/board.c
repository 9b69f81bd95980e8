// SPDX-License-Identifier: MIT
#include "board.h"

const char board_name[] = "netduinoplus2";

/* SysTick runs at 168 MHz. */
uint32_t board_tick_period_ps(void) {
    return 5952;
}
