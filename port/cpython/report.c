// SPDX-License-Identifier: MIT
#include "py_report.h"

#include <stdlib.h>
#include <string.h>

#include "initconfig.h"

#if __has_include(<picolibc.h>)
#include <stdio.h>

static void write_default(const char *text, size_t bytes) {
    for (size_t i = 0; i < bytes; i++) {
        (void)fputc(text[i], stderr);
    }
}
#else
/* newlib's own lowest layer, which the firmware brings. */
int _write(int file, const char *text, int length_bytes);

static void write_default(const char *text, size_t bytes) {
    (void)_write(2, text, (int)bytes);
}
#endif

/* Room for any number, and 0x. */
enum { NUMBER_BYTES = 12 };

static void put(const char *text, size_t bytes) {
    if (obmalloc_report_write) {
        obmalloc_report_write(text, bytes);
    } else {
        write_default(text, bytes);
    }
}

void py_put(const char *text) {
    put(text, strlen(text));
}

void py_put_char(char character) {
    put(&character, 1);
}

void py_put_decimal(size_t value) {
    char text[NUMBER_BYTES];
    char *first = text + sizeof text;
    do {
        *--first = (char)('0' + value % 10u);
        value /= 10u;
    } while (value != 0);
    put(first, (size_t)(text + sizeof text - first));
}

static void put_hex(uintptr_t value, unsigned digits_min, const char *prefix) {
    char text[NUMBER_BYTES];
    char *first = text + sizeof text;
    do {
        *--first = "0123456789abcdef"[value & 0xF];
        value >>= 4;
    } while (value != 0 || (size_t)(text + sizeof text - first) < digits_min);
    py_put(prefix);
    put(first, (size_t)(text + sizeof text - first));
}

void py_put_hex(uintptr_t value, unsigned digits_min) {
    put_hex(value, digits_min, "0x");
}

void py_put_byte(uint8_t value) {
    put_hex(value, 2, "");
}

/* A program need not have interpreters to die. */
int Py_IsInitialized(void) __attribute__((weak));

void py_fatal(const struct obmalloc_fatal *fatal, const char *more) {
    py_put("Fatal Python error: ");
    py_put(fatal->func);
    py_put(": ");
    py_put(fatal->message);
    py_put("\n");
    if (more) {
        py_put(more);
    }
    py_put("Python runtime state: ");
    py_put(Py_IsInitialized && Py_IsInitialized() ? "initialized" : "unknown");
    py_put("\n\nCalled from ");
    py_put_hex((uintptr_t)fatal->caller, 8);
    py_put("\n");
    if (obmalloc_fatal) {
        obmalloc_fatal(fatal);
    }
    abort();
}

void _Py_FatalErrorFunc(const char *func, const char *message) {
    const struct obmalloc_fatal fatal = {
        .func = func, .message = message, .caller = __builtin_return_address(0)};
    py_fatal(&fatal, NULL);
}
