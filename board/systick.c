// SPDX-License-Identifier: MIT
/* The tick of boards with Arm's SysTick. Weak, so that a board can bring its own. */
#include "board.h"
#include "registers.h"

enum { SYSTICK_MAXIMUM = 0xFFFFFF };

__attribute__((weak)) const uint32_t board_tick_mask = SYSTICK_MAXIMUM;

__attribute__((weak)) void board_tick_start(void) {
    if ((*REGISTER_SYST_CSR & REGISTER_SYST_CSR_RUN) == REGISTER_SYST_CSR_RUN) {
        return;
    }
    *REGISTER_SYST_RVR = SYSTICK_MAXIMUM;
    *REGISTER_SYST_CVR = 0;
    *REGISTER_SYST_CSR = REGISTER_SYST_CSR_RUN;
}

/* SysTick counts down. */
__attribute__((weak)) uint32_t board_tick(void) {
    return SYSTICK_MAXIMUM - *REGISTER_SYST_CVR;
}
