// SPDX-License-Identifier: MIT
/* The lock of policy hooks where there is one thread: it counts, and finds an unlock without its lock. */
#include <stdint.h>

#include "board.h"
#include "coverage/pc/hooks.h"
#include "obmalloc.h"

uint32_t pc_lock_depth, pc_lock_count;
void (*pc_between_steps)(void);
void (*pc_before_lock)(void) = pc_before_boot;

/* The other's own calls of the lock find it taken back. */
static void let_act(void (**other)(void)) {
    void (*act)(void) = *other;
    if (pc_lock_depth == 0 && act) {
        *other = NULL;
        act();
    }
}

void obmalloc_lock_hook(void) {
    let_act(&pc_before_lock);
    pc_lock_depth++;
    pc_lock_count++;
}

void obmalloc_unlock_hook(void) {
    if (pc_lock_depth-- == 0) {
        board_console_puts("\nFAULT unlocked without a lock\n");
        board_exit(70);
    }
    let_act(&pc_between_steps);
}
