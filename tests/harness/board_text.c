// SPDX-License-Identifier: MIT
#include "harness/board_text.h"

#include <stddef.h>
#include <stdint.h>

#include "board.h"
#include "harness/test.h"

_Static_assert(sizeof(long) == sizeof(int) && sizeof(size_t) == sizeof(int),
               "the sizes l and z are read as int");

/* A console write stops the machine for the host to act, so that lines go out in pieces. */
struct line {
    char text[64];
    size_t length;
};

static void flush(struct line *line) {
    board_console_write(line->text, line->length);
    line->length = 0;
}

static void put(struct line *line, char character) {
    if (line->length == sizeof line->text) {
        flush(line);
    }
    line->text[line->length++] = character;
}

static void put_text(struct line *line, const char *text) {
    while (*text != '\0') {
        put(line, *text++);
    }
}

static void put_decimal(struct line *line, uint32_t value) {
    char digits[10];
    size_t count = 0;
    do {
        digits[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    while (count > 0) {
        put(line, digits[--count]);
    }
}

static void put_hexadecimal(struct line *line, uint32_t value) {
    int shift = 28;
    while (shift > 0 && (value >> shift) == 0) {
        shift -= 4;
    }
    for (; shift >= 0; shift -= 4) {
        put(line, "0123456789abcdef"[(value >> shift) & 0xF]);
    }
}

void text_print_list(const char *format, va_list arguments) {
    struct line line = {.length = 0};
    for (; *format != '\0'; format++) {
        if (*format != '%') {
            put(&line, *format);
            continue;
        }
        do {
            format++;
        } while (*format == 'l' || *format == 'z');
        if (*format == '\0') {
            break;
        }
        if (*format == 's') {
            put_text(&line, va_arg(arguments, const char *));
        } else if (*format == 'c') {
            put(&line, (char)va_arg(arguments, int));
        } else if (*format == 'u') {
            put_decimal(&line, va_arg(arguments, uint32_t));
        } else if (*format == 'x' || *format == 'p') {
            put_hexadecimal(&line, va_arg(arguments, uint32_t));
        } else if (*format == 'd') {
            int32_t value = va_arg(arguments, int32_t);
            if (value < 0) {
                put(&line, '-');
            }
            put_decimal(&line, value < 0 ? 0 - (uint32_t)value : (uint32_t)value);
        } else {
            put(&line, '%');
            if (*format != '%') {
                put(&line, *format);
            }
        }
    }
    flush(&line);
}

void text_print(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    text_print_list(format, arguments);
    va_end(arguments);
}

void test_note(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    text_print("note ");
    text_print_list(format, arguments);
    text_print("\n");
    va_end(arguments);
}
