// SPDX-License-Identifier: MIT
/* The lock of policy hooks where there is one thread: it counts, and finds an unlock without its lock. */
#include <stdint.h>

#include "board.h"
#include "coverage/pc/hooks.h"
#include "obmalloc.h"

uint32_t pc_lock_depth, pc_lock_count;
void (*pc_between_steps)(void);

void obmalloc_lock_hook(void) {
    pc_lock_depth++;
    pc_lock_count++;
}

void obmalloc_unlock_hook(void) {
    if (pc_lock_depth-- == 0) {
        board_console_puts("\nFAULT unlocked without a lock\n");
        board_exit(70);
    }
    void (*other)(void) = pc_between_steps;
    if (pc_lock_depth == 0 && other) {
        pc_between_steps = NULL;
        other();
    }
}
