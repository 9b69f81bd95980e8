// SPDX-License-Identifier: MIT
/* Goes to the private copy of the C library's allocator, once by a call and once by a pointer. */
#include <stddef.h>

void *libc_malloc(size_t bytes);
void libc_free(void *block);
void sneak(void);

void (*const sneak_release)(void *) = libc_free;
void *volatile sneak_block;

__attribute__((constructor)) void sneak(void) {
    sneak_block = libc_malloc(100);
    void (*const volatile *release)(void *) = (void *)&sneak_release;
    (*release)(sneak_block);
}
