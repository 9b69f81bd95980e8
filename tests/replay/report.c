// SPDX-License-Identifier: MIT
#include "report.h"

#include "board.h"

void report_text(const char *key, const char *value) {
    board_console_puts(key);
    board_console_puts(" ");
    board_console_puts(value);
    board_console_puts("\n");
}

void report_word(uint64_t value) {
    char digits[21];
    char *first = &digits[sizeof digits - 1];
    *first = '\0';
    do {
        *--first = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    board_console_puts(first);
}

void report_number(const char *key, uint64_t value) {
    board_console_puts(key);
    board_console_puts(" ");
    report_word(value);
    board_console_puts("\n");
}
