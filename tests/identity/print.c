// SPDX-License-Identifier: MIT
#include "print.h"

#include <stddef.h>

#include "board.h"

static char text_buffer[256];
static size_t text_length;

void flush_text(void) {
    board_console_write(text_buffer, text_length);
    text_length = 0;
}

static void put_character(char character) {
    if (text_length == sizeof text_buffer) {
        flush_text();
    }
    text_buffer[text_length++] = character;
}

void put_text(const char *text) {
    while (*text != '\0') {
        put_character(*text++);
    }
}

void put_hex(uint32_t value) {
    for (int shift = 28; shift >= 0; shift -= 4) {
        put_character("0123456789abcdef"[value >> shift & 15u]);
    }
}

void put_pointer(const void *pointer) {
    put_hex((uint32_t)(uintptr_t)pointer);
    put_character('\n');
}
