// SPDX-License-Identifier: MIT
/* Fails on purpose: every line is right, the exit status is not. */
#include "board.h"

int main(void);

int main(void) {
    board_console_puts("ok holds\ndone\n");
    return 3;
}
