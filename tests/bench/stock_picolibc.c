// SPDX-License-Identifier: MIT
/* What picolibc asks of a system, in place of board/syscalls.c, which is newlib's. */
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "board.h"
#include "exception.h"
#include "stack.h"

_Noreturn void _exit(int status) {
    if (!board_stack_held()) {
        board_console_puts("\nFAULT the stack reserve was too small\n");
        board_exit(BOARD_EXCEPTION_STATUS);
    }
    board_exit(status);
}

/* errno lies in thread-local storage, eight bytes behind the thread pointer, and is all of it. */
void *__aeabi_read_tp(void);

__attribute__((used)) static uint32_t thread_storage[4];

/* Callers expect every register but r0 to be kept. */
__attribute__((naked)) void *__aeabi_read_tp(void) {
    __asm__("ldr r0, =thread_storage\n bx lr");
}
