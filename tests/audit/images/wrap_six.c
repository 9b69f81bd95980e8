// SPDX-License-Identifier: MIT
/* For -Wl,--wrap of the reentrant layer's six functions. */
#include <string.h>

#include "own_heap.h"

struct _reent;
void *__real__malloc_r(struct _reent *reent, size_t bytes);
void __real__free_r(struct _reent *reent, void *block);
void *__real__realloc_r(struct _reent *reent, void *block, size_t bytes);
void *__real__memalign_r(struct _reent *reent, size_t alignment, size_t bytes);
size_t __real__malloc_usable_size_r(struct _reent *reent, void *block);
void *__wrap__malloc_r(struct _reent *reent, size_t bytes);
void __wrap__free_r(struct _reent *reent, void *block);
void *__wrap__calloc_r(struct _reent *reent, size_t count, size_t bytes);
void *__wrap__realloc_r(struct _reent *reent, void *block, size_t bytes);
void *__wrap__memalign_r(struct _reent *reent, size_t alignment, size_t bytes);
size_t __wrap__malloc_usable_size_r(struct _reent *reent, void *block);

void *__wrap__malloc_r(struct _reent *reent, size_t bytes) {
    void *block = own_take(bytes);
    return block ? block : __real__malloc_r(reent, bytes);
}

void __wrap__free_r(struct _reent *reent, void *block) {
    if (own_has(block)) {
        own_give(block);
    } else {
        __real__free_r(reent, block);
    }
}

void *__wrap__calloc_r(struct _reent *reent, size_t count, size_t bytes) {
    void *block = __wrap__malloc_r(reent, count * bytes);
    return block ? memset(block, 0, count * bytes) : NULL;
}

void *__wrap__realloc_r(struct _reent *reent, void *block, size_t bytes) {
    if (!own_has(block)) {
        return __real__realloc_r(reent, block, bytes);
    }
    return bytes <= OWN_BLOCK_BYTES ? block : NULL;
}

void *__wrap__memalign_r(struct _reent *reent, size_t alignment, size_t bytes) {
    return __real__memalign_r(reent, alignment, bytes);
}

size_t __wrap__malloc_usable_size_r(struct _reent *reent, void *block) {
    return own_has(block) ? OWN_BLOCK_BYTES : __real__malloc_usable_size_r(reent, block);
}
