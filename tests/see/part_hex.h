// SPDX-License-Identifier: MIT
/* Bytes to the console, as lines `NAME HEX`. */
#ifndef TESTS_SEE_PART_HEX_H
#define TESTS_SEE_PART_HEX_H

#include <stddef.h>
#include <stdint.h>

#include "board.h"

enum { HEX_LINE_BYTES = 64 };

static inline void hex_print(const char *name, const void *bytes, size_t byte_count) {
    const uint8_t *from = bytes;
    while (byte_count != 0) {
        char line[2 * HEX_LINE_BYTES + 2];
        size_t length = 0;
        for (; length < 2 * HEX_LINE_BYTES && byte_count != 0; byte_count--) {
            line[length++] = "0123456789abcdef"[*from >> 4];
            line[length++] = "0123456789abcdef"[*from++ & 0xF];
        }
        line[length++] = '\n';
        line[length] = '\0';
        board_console_puts(name);
        board_console_puts(" ");
        board_console_puts(line);
    }
}

#endif
