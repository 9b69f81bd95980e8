// SPDX-License-Identifier: MIT
/*
 * With the C library alone: what the board expects of the port, and an sbrk as vendors' templates have it, which
 * adds first and compares afterwards, and looks at no lower end.
 */
#include <errno.h>
#include <stddef.h>

#include "bad_alloc/ram.h"

#ifdef __PICOLIBC__
#define SBRK sbrk
#else
#define SBRK _sbrk
#undef errno
extern int errno;
#endif

void obmalloc_boot(void);
void obmalloc_main_begins(void);
void *SBRK(ptrdiff_t increment_bytes);

void obmalloc_main_begins(void) {
}

void obmalloc_boot(void) {
}

void *SBRK(ptrdiff_t increment_bytes) {
    static uintptr_t heap_break;
    const struct ram ram = ram_of_heap();
    if (heap_break == 0) {
        heap_break = ram.start;
    }
    uintptr_t before = heap_break;
    if (before + (uintptr_t)increment_bytes > ram.end) {
        errno = ENOMEM;
        return (void *)-1;
    }
    heap_break = before + (uintptr_t)increment_bytes;
    return (void *)before;
}
