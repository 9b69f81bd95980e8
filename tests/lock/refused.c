// SPDX-License-Identifier: MIT
#include "lock/refused.h"

#include "board.h"
#include "harness/test.h"
#include "lock/interrupts.h"
#include "lock/storm.h"
#include "obmalloc.h"

void obmalloc_lock_refused(const char *sentence) {
    TEST_NOTE("refused: %s", sentence);
}

void refused_where_wanted(void) {
    char value[2];
    if (board_argument("refused=", value, sizeof value) != 0) {
        storm_handlers_allocate_all_the_same = true;
        interrupts_start();
        interrupts_urgent_in(50);
        for (;;) {
        }
    }
}
