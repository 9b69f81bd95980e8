// SPDX-License-Identifier: MIT
/*
 * The little of a C library that the port and the tests' programs call, for programs that are linked with none.
 * The headers are those of the library that the build names.
 */
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "board.h"
#include "coverage/dump.h"
#include "coverage/pc/system.h"
#include "entry.h"
#include "harness/board_text.h"

_Noreturn void _exit(int status);

int dump_open(const char *path) {
    return pc_file_create(path);
}

_Bool dump_write(int handle, const void *data, size_t bytes) {
    return pc_file_write(handle, data, bytes) == (long)bytes;
}

void dump_close(int handle) {
    board_file_close(handle);
}

_Noreturn void exit(int status) {
    _exit(status);
}

/* As a shell would say it. */
_Noreturn void abort(void) {
    board_console_puts("\nFAULT abort()\n");
    _exit(134);
}

void *memcpy(void *restrict to, const void *restrict from, size_t bytes) {
    for (size_t i = 0; i < bytes; i++) {
        ((char *)to)[i] = ((const char *)from)[i];
    }
    return to;
}

void *memmove(void *to, const void *from, size_t bytes) {
    if ((uintptr_t)to <= (uintptr_t)from) {
        return memcpy(to, from, bytes);
    }
    while (bytes-- != 0) {
        ((char *)to)[bytes] = ((const char *)from)[bytes];
    }
    return to;
}

void *memset(void *to, int value, size_t bytes) {
    for (size_t i = 0; i < bytes; i++) {
        ((unsigned char *)to)[i] = (unsigned char)value;
    }
    return to;
}

int memcmp(const void *left, const void *right, size_t bytes) {
    for (size_t i = 0; i < bytes; i++) {
        int difference = ((const unsigned char *)left)[i] - ((const unsigned char *)right)[i];
        if (difference != 0) {
            return difference;
        }
    }
    return 0;
}

size_t strlen(const char *text) {
    size_t length = 0;
    while (text[length] != '\0') {
        length++;
    }
    return length;
}

int strncmp(const char *left, const char *right, size_t bytes) {
    for (size_t i = 0; i < bytes; i++) {
        int difference = (unsigned char)left[i] - (unsigned char)right[i];
        if (difference != 0 || left[i] == '\0') {
            return difference;
        }
    }
    return 0;
}

int strcmp(const char *left, const char *right) {
    return strncmp(left, right, SIZE_MAX);
}

char *strcpy(char *restrict to, const char *restrict from) {
    return memcpy(to, from, strlen(from) + 1);
}

char *strncpy(char *restrict to, const char *restrict from, size_t bytes) {
    size_t i = 0;
    for (; i < bytes && from[i] != '\0'; i++) {
        to[i] = from[i];
    }
    for (; i < bytes; i++) {
        to[i] = '\0';
    }
    return to;
}

char *strcat(char *restrict to, const char *restrict from) {
    strcpy(to + strlen(to), from);
    return to;
}

char *strncat(char *restrict to, const char *restrict from, size_t bytes) {
    size_t length = strlen(to);
    size_t i = 0;
    for (; i < bytes && from[i] != '\0'; i++) {
        to[length + i] = from[i];
    }
    to[length + i] = '\0';
    return to;
}

char *strstr(const char *text, const char *part) {
    size_t length = strlen(part);
    for (; *text != '\0'; text++) {
        if (strncmp(text, part, length) == 0) {
            return (char *)(uintptr_t)text;
        }
    }
    return NULL;
}

char *strdup(const char *text) {
    char *copy = malloc(strlen(text) + 1);
    return copy == NULL ? NULL : strcpy(copy, text);
}

/* Decimal, as the tests have them. */
unsigned long strtoul(const char *restrict text, char **restrict end, int base) {
    unsigned long value = 0;
    while (*text == ' ') {
        text++;
    }
    for (; *text >= '0' && *text <= '9'; text++) {
        value = value * (unsigned long)base + (unsigned long)(*text - '0');
    }
    if (end) {
        *end = (char *)(uintptr_t)text;
    }
    return value;
}

void *reallocarray(void *block, size_t count, size_t bytes) {
    size_t product;
    if (__builtin_mul_overflow(count, bytes, &product)) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(block, product);
}

void *reallocf(void *block, size_t bytes) {
    void *result = realloc(block, bytes);
    if (!result && block) {
        free(block);
    }
    return result;
}

#if ENTRY_LIBC_IS_REENTRANT
#undef errno
extern int errno;
int errno;

/* One thread. */
static __FILE input, output, errors;
static struct _reent only_thread = {._stdin = &input, ._stdout = &output, ._stderr = &errors};
struct _reent *_impure_ptr = &only_thread;

int *__errno(void) {
    return &only_thread._errno;
}

int fiprintf(FILE *stream, const char *format, ...);

int fiprintf(FILE *stream, const char *format, ...) {
    va_list arguments;
    (void)stream;
    va_start(arguments, format);
    text_print_list(format, arguments);
    va_end(arguments);
    return 0;
}

int fputs(const char *restrict text, FILE *restrict stream) {
    (void)stream;
    board_console_puts(text);
    return 0;
}

/* newlib takes a stream's buffer when it is first written to. */
int setvbuf(FILE *restrict stream, char *restrict buffer, int mode, size_t bytes) {
    (void)mode;
    stream->_bf._base = buffer ? (unsigned char *)buffer : _malloc_r(_REENT, bytes);
    stream->_bf._size = (int)bytes;
    return stream->_bf._base ? 0 : -1;
}

int printf(const char *restrict format, ...) {
    va_list arguments;
    if (!stdout->_bf._base) {
        (void)setvbuf(stdout, NULL, _IOFBF, BUFSIZ);
    }
    va_start(arguments, format);
    text_print_list(format, arguments);
    va_end(arguments);
    return 0;
}

void *_sbrk(ptrdiff_t increment_bytes);
void *sbrk(ptrdiff_t increment_bytes);

void *sbrk(ptrdiff_t increment_bytes) {
    int before = errno;
    errno = 0;
    void *result = _sbrk(increment_bytes);
    if (errno != 0) {
        _REENT->_errno = errno;
    }
    errno = before;
    return result;
}

void *valloc(size_t bytes) {
    return _valloc_r(_REENT, bytes);
}

void *pvalloc(size_t bytes) {
    return _pvalloc_r(_REENT, bytes);
}

/* Full newlib's alone. */
int _malloc_trim_r(struct _reent *reent, size_t keep_bytes) __attribute__((weak));

void cfree(void *block) {
    _free_r(_REENT, block);
}

int malloc_trim(size_t keep_bytes) {
    return _malloc_trim_r(_REENT, keep_bytes);
}

#else
void *valloc(size_t bytes) {
    return memalign(4096, bytes);
}

void *pvalloc(size_t bytes) {
    return memalign(4096, (bytes + 4095) & ~(size_t)4095);
}

int mallopt(int parameter, int value) {
    (void)parameter;
    (void)value;
    return 0;
}

void malloc_stats(void) {
    struct mallinfo info = mallinfo();
    text_print("in use bytes = %lu\n", (unsigned long)info.uordblks);
}

int errno;
static FILE console;
FILE *const stderr = &console;

int fputc(int character, FILE *stream) {
    char text = (char)character;
    (void)stream;
    board_console_write(&text, 1);
    return character;
}

int fputs(const char *text, FILE *stream) {
    (void)stream;
    board_console_puts(text);
    return 0;
}
#endif
