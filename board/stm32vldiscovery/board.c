// SPDX-License-Identifier: MIT
#include "board.h"

const char board_name[] = "stm32vldiscovery";

/* SysTick runs at 24 MHz. */
uint32_t board_tick_period_ps(void) {
    return 41667;
}
