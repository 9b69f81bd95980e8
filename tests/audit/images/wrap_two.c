// SPDX-License-Identifier: MIT
/* For -Wl,--wrap=malloc,--wrap=free: small requests to the own heap, the rest to the C library. */
#include "own_heap.h"

void *__real_malloc(size_t bytes);
void __real_free(void *block);
void *__wrap_malloc(size_t bytes);
void __wrap_free(void *block);

void *__wrap_malloc(size_t bytes) {
    void *block = own_take(bytes);
    return block ? block : __real_malloc(bytes);
}

void __wrap_free(void *block) {
    if (own_has(block)) {
        own_give(block);
    } else {
        __real_free(block);
    }
}
