// SPDX-License-Identifier: MIT
/* A C library has one heap. */
#include "misuse/misuse.h"

char *second_heap_take(size_t bytes) {
    (void)bytes;
    return NULL;
}

void second_heap_give(void *block) {
    (void)block;
}
