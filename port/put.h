// SPDX-License-Identifier: MIT
/* Numbers as text, for what is printed without stdio, which would allocate. */
#ifndef OBMALLOC_PUT_H
#define OBMALLOC_PUT_H

#include <stdint.h>

/* Puts a text out. Must not allocate. */
typedef void put_function(const char *text);

/* Right-aligned in `width` characters; 0 = as short as it is. width: 0..15. */
void put_number(put_function *write, uint32_t value, unsigned width);

/* As 0x and eight digits. */
void put_address(put_function *write, const void *address);

#endif
