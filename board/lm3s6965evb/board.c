// SPDX-License-Identifier: MIT
#include "board.h"

const char board_name[] = "lm3s6965evb";

/* SysTick runs at 12.5 MHz, the oscillator that the chip starts on. */
uint32_t board_tick_period_ps(void) {
    return 80000;
}
