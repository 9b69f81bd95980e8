// SPDX-License-Identifier: MIT
#include "py_arenas.h"

/* The RAM outside of the dynamic memory is the firmware's: only it can give some away. */
static void *alloc_none(void *ctx, size_t size) {
    (void)ctx;
    (void)size;
    return NULL;
}

static void free_none(void *ctx, void *ptr, size_t size) {
    (void)ctx;
    (void)ptr;
    (void)size;
}

PyObjectArenaAllocator py_arena_allocator = {NULL, alloc_none, free_none};

void PyObject_GetArenaAllocator(PyObjectArenaAllocator *allocator) {
    *allocator = py_arena_allocator;
}

void PyObject_SetArenaAllocator(PyObjectArenaAllocator *allocator) {
    py_arena_allocator = *allocator;
}
