// SPDX-License-Identifier: MIT
/* Without the port: what the board expects of it, and an sbrk with the same bounds. */
#include <errno.h>
#include <stddef.h>

#ifdef __PICOLIBC__
#define SBRK sbrk
#else
#define SBRK _sbrk
#undef errno
extern int errno;
#endif

/* Where the heap of the image with the port starts, from the link line. */
extern char __stock_heap_start[];
extern char __heap_end[];

void obmalloc_boot(void);
void obmalloc_main_begins(void);
void report_scan(void);
void *SBRK(ptrdiff_t increment_bytes);

void obmalloc_main_begins(void) {
}

void obmalloc_boot(void) {
}

void report_scan(void) {
}

void *SBRK(ptrdiff_t increment_bytes) {
    static char *heap_break = __stock_heap_start;
    char *old_break = heap_break;
    if (increment_bytes > __heap_end - old_break ||
        increment_bytes < __stock_heap_start - old_break) {
        errno = ENOMEM;
        return (void *)-1;
    }
    heap_break = old_break + increment_bytes;
    return old_break;
}
