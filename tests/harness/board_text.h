// SPDX-License-Identifier: MIT
/* A printf without the C library: no allocation, about a hundred bytes of stack. */
#ifndef TESTS_HARNESS_BOARD_TEXT_H
#define TESTS_HARNESS_BOARD_TEXT_H

#include <stdarg.h>

/* Writes to the board's console. Knows %s %d %u %x %p %c %%, and the sizes l and z; any other
 * conversion is written as it stands. */
void text_print(const char *format, ...) __attribute__((format(printf, 1, 2)));
void text_print_list(const char *format, va_list arguments);

#endif
