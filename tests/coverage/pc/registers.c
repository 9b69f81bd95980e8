// SPDX-License-Identifier: MIT
/* The special registers that instructions.h reads and writes. */
#include "coverage/pc/registers.h"

#include "board.h"
#include "exception.h"

enum { PENDSV = 14 };
#define ICSR           (*(volatile uint32_t *)0xE000ED04u)
#define ICSR_PENDSVSET UINT32_C(0x10000000)

uint32_t pc_ipsr, pc_primask, pc_basepri;
void (*pc_on_undefined_instruction)(void);

/* As the board's fault handler ends, unless a case expects it. */
void pc_undefined_instruction(void) {
    if (pc_on_undefined_instruction) {
        pc_on_undefined_instruction();
    }
    board_console_puts("\nFAULT undefined instruction\n");
    board_exit(BOARD_EXCEPTION_STATUS);
}

__attribute__((weak)) void board_pendsv(void) {
    board_console_puts("\nFAULT PendSV\n");
    board_exit(BOARD_EXCEPTION_STATUS);
}

void pc_take_pending(void) {
    if ((ICSR & ICSR_PENDSVSET) != 0 && pc_primask == 0) {
        ICSR = 0;
        pc_ipsr = PENDSV;
        board_pendsv();
        pc_ipsr = 0;
    }
}
