// SPDX-License-Identifier: MIT
/* Defines malloc, free, calloc and realloc, and nothing of the reentrant layer. */
#include <stdlib.h>
#include <string.h>

#include "own_heap.h"

void *malloc(size_t bytes) {
    return own_take(bytes);
}

void free(void *block) {
    own_give(block);
}

#ifndef CALLOC_ELSEWHERE
void *calloc(size_t count, size_t bytes) {
    void *block = own_take(count * bytes);
    return block ? memset(block, 0, count * bytes) : NULL;
}
#endif

void *realloc(void *block, size_t bytes) {
    void *moved = own_take(bytes);
    if (moved && block) {
        memcpy(moved, block, bytes);
        own_give(block);
    }
    return moved;
}
