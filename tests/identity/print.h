// SPDX-License-Identifier: MIT
/* What the programs of this folder print with: a buffer in static RAM, so that output never
 * allocates. */
#ifndef TESTS_IDENTITY_PRINT_H
#define TESTS_IDENTITY_PRINT_H

#include <stdint.h>

void put_text(const char *text);

/* Eight digits. */
void put_hex(uint32_t value);

/* As put_hex, and a new line. */
void put_pointer(const void *pointer);

/* Sends what has been put so far to the console. */
void flush_text(void);

#endif
