// SPDX-License-Identifier: MIT
/* Reports as text, without stdio, which would allocate; and the program's end. */
#ifndef OBMALLOC_PY_REPORT_H
#define OBMALLOC_PY_REPORT_H

#include "pyerrors.h"

void py_put(const char *text);
void py_put_char(char character);
void py_put_decimal(size_t value);

/* Like printf's 0x%0*x. */
void py_put_hex(uintptr_t value, unsigned digits_min);

/* As %02x, without 0x. */
void py_put_byte(uint8_t value);

/* What Py_FatalError prints and does; more: a line of our own behind the sentence, or NULL. */
void Py_NO_RETURN py_fatal(const struct obmalloc_fatal *fatal, const char *more);

/* The number of the exception that runs; 0 = none, thread mode. */
static inline unsigned py_exception_number(void) {
    unsigned number;
    __asm__ volatile("mrs %0, ipsr" : "=r"(number));
    return number;
}

#endif
