// SPDX-License-Identifier: MIT
/* Defines _malloc_r and _free_r alone. */
#include "own_heap.h"

struct _reent;
void *_malloc_r(struct _reent *reent, size_t bytes);
void _free_r(struct _reent *reent, void *block);

__attribute__((used)) void *_malloc_r(struct _reent *reent, size_t bytes) {
    (void)reent;
    return own_take(bytes);
}

__attribute__((used)) void _free_r(struct _reent *reent, void *block) {
    (void)reent;
    own_give(block);
}
