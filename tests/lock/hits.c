// SPDX-License-Identifier: MIT
#include "lock/hits.h"

#include <stddef.h>

#include "board.h"

enum { LINE_BYTES = 250, WORD_BYTES = 9 /* a space and the digits */ };

static char line[LINE_BYTES];
static size_t length;

void hits_end(void) {
    if (length != 0) {
        line[length++] = '\n';
        board_console_write(line, length);
        length = 0;
    }
}

void hits_add(uint32_t address) {
    if (length + WORD_BYTES + 1 > sizeof line) {
        hits_end();
    }
    if (length == 0) {
        for (const char *from = "hits"; *from != '\0'; from++) {
            line[length++] = *from;
        }
    }
    line[length++] = ' ';
    unsigned shift = 32;
    do {
        shift -= 4;
    } while (shift != 0 && address >> shift == 0);
    for (;; shift -= 4) {
        line[length++] = "0123456789abcdef"[address >> shift & 0xF];
        if (shift == 0) {
            break;
        }
    }
}
