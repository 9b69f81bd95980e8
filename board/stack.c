// SPDX-License-Identifier: MIT
#include "stack.h"

#include <stddef.h>
#include <stdint.h>

extern volatile uint32_t __stack_limit[];

enum { MARK_WORD_COUNT = 4 };
#define MARK_WORD UINT32_C(0x57AC4E4D)

void board_stack_mark(void) {
    for (size_t i = 0; i < MARK_WORD_COUNT; i++) {
        __stack_limit[i] = MARK_WORD;
    }
}

bool board_stack_held(void) {
    for (size_t i = 0; i < MARK_WORD_COUNT; i++) {
        if (__stack_limit[i] != MARK_WORD) {
            return false;
        }
    }
    return true;
}
