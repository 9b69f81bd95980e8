// SPDX-License-Identifier: MIT
/* Fails on purpose: comes to its end without a case. */
#include "board.h"

int main(void);

int main(void) {
    board_console_puts("done\n");
    return 0;
}
