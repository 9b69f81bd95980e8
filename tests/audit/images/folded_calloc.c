// SPDX-License-Identifier: MIT
/* A calloc as everybody writes it; without -fno-builtin GCC makes it call itself. */
#include <stdlib.h>
#include <string.h>

void *calloc(size_t count, size_t bytes) {
    void *block = malloc(count * bytes);
    if (block == NULL) {
        return NULL;
    }
    memset(block, 0, count * bytes);
    return block;
}
