// SPDX-License-Identifier: MIT
#include "report.h"

#include <stddef.h>

#include "board.h"

static void write_text(const char *text) {
    size_t length_bytes = 0;
    while (text[length_bytes] != '\0') {
        length_bytes++;
    }
    board_console_write(text, length_bytes);
}

void report_text(const char *key, const char *value) {
    write_text(key);
    write_text(" ");
    write_text(value);
    write_text("\n");
}

void report_number(const char *key, uint64_t value) {
    char digits[21];
    char *first = &digits[sizeof digits - 1];
    *first = '\0';
    do {
        *--first = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    report_text(key, first);
}
