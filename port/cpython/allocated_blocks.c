// SPDX-License-Identifier: MIT
/* How many blocks are live. */
#include "heaps.h"
#include "objimpl.h"

/* A program without further heaps has the main one. */
struct obmalloc_heap *obmalloc_heap_next(const struct obmalloc_heap *heap) __attribute__((weak));

static Py_ssize_t main_blocks(void) {
    struct obmalloc_statistics now;
    obmalloc_statistics(&now);
    return (Py_ssize_t)(now.arena_used_blocks + now.libc_used_blocks);
}

Py_ssize_t _Py_GetGlobalAllocatedBlocks(void) {
    Py_ssize_t count = main_blocks();
    if (obmalloc_heap_next) {
        const struct obmalloc_heap *heap = NULL;
        while ((heap = obmalloc_heap_next(heap)) != NULL) {
            count += (Py_ssize_t)heap->live_blocks;
        }
    }
    return count;
}

Py_ssize_t _PyInterpreterState_GetAllocatedBlocks(PyInterpreterState *interp) {
    return interp->heap ? (Py_ssize_t)interp->heap->live_blocks : main_blocks();
}
