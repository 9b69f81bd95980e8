// SPDX-License-Identifier: MIT
#include "bad_alloc/ram.h"

#include "board.h"

extern char __heap_start[], __heap_end[];

enum { HIGH_BYTES = 64 << 10 };
#define HIGH_START UINT32_C(0x80000000)

struct ram ram_of_heap(void) {
    char word[8];
    if (board_argument("ram=", word, sizeof word) != 0) {
        return (struct ram){HIGH_START, HIGH_START + HIGH_BYTES};
    }
    return (struct ram){(uintptr_t)__heap_start, (uintptr_t)__heap_end};
}
