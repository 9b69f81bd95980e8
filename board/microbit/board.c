// SPDX-License-Identifier: MIT
#include "board.h"
#include "registers.h"

const char board_name[] = "microbit";

/* The nRF51 has no SysTick; TIMER0 counts its 16 MHz clock in 32 bits. */
#define TIMER0_TASKS_START      REGISTER(0x40008000)
#define TIMER0_TASKS_CAPTURE_0  REGISTER(0x40008040)
#define TIMER0_BITMODE          REGISTER(0x40008508)
#define TIMER0_PRESCALER        REGISTER(0x40008510)
#define TIMER0_CC_0             REGISTER(0x40008540)
#define TIMER0_BITMODE_32       UINT32_C(3)
#define TIMER0_PRESCALER_16_MHZ UINT32_C(0)

const uint32_t board_tick_mask = 0xFFFFFFFF;

/* Writing BITMODE again would set the count back. */
void board_tick_start(void) {
    if (*TIMER0_BITMODE == TIMER0_BITMODE_32) {
        return;
    }
    *TIMER0_BITMODE = TIMER0_BITMODE_32;
    *TIMER0_PRESCALER = TIMER0_PRESCALER_16_MHZ;
    *TIMER0_TASKS_START = 1;
}

uint32_t board_tick(void) {
    *TIMER0_TASKS_CAPTURE_0 = 1;
    return *TIMER0_CC_0;
}

uint32_t board_tick_period_ps(void) {
    return 62500;
}
