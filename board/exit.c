// SPDX-License-Identifier: MIT
/* Where exit() ends, with either family of C libraries. */
#include "board.h"
#include "exception.h"
#include "stack.h"

_Noreturn void _exit(int status);

_Noreturn void _exit(int status) {
    if (!board_stack_held()) {
        board_console_puts("\nFAULT the stack reserve was too small\n");
        board_exit(BOARD_EXCEPTION_STATUS);
    }
    board_exit(status);
}
