// SPDX-License-Identifier: MIT
#include "put.h"

/* Room for any number, and for the spaces before it. */
enum { NUMBER_BYTES = 16 };

void put_number(put_function *write, uint32_t value, unsigned width) {
    char text[NUMBER_BYTES];
    char *first = &text[NUMBER_BYTES - 1];
    *first = '\0';
    do {
        *--first = (char)('0' + value % 10u);
        value /= 10u;
    } while (value != 0);
    while (first > &text[NUMBER_BYTES - 1] - width) {
        *--first = ' ';
    }
    write(first);
}

void put_address(put_function *write, const void *address) {
    char text[] = "0x00000000";
    uintptr_t value = (uintptr_t)address;
    for (char *digit = text + 9; digit != text + 1; digit--) {
        *digit = "0123456789abcdef"[value & 0xFu];
        value >>= 4;
    }
    write(text);
}
