// SPDX-License-Identifier: MIT
/* The tables of the domains, and what stands in them at first. */
#include <stdlib.h>
#include <string.h>

#include "py_domains.h"

PyMemAllocatorEx pymem_tables[PYMEM_DOMAIN_COUNT] = {
    [PYMEM_DOMAIN_RAW] = PYMEM_MALLOC_TABLE,
    [PYMEM_DOMAIN_MEM] = PYMEM_PYMALLOC_TABLE,
    [PYMEM_DOMAIN_OBJ] = PYMEM_PYMALLOC_TABLE,
};

struct obmalloc_heap *pymem_current_heap;

const void *pymem_caller;

/* In a program without interpreters the current heap is the main one for ever. */
void *py_interpreter_malloc(size_t size) __attribute__((weak));
void *py_interpreter_calloc(size_t nelem, size_t elsize) __attribute__((weak));

static int is_known(PyMemAllocatorDomain domain) {
    return (unsigned)domain < PYMEM_DOMAIN_COUNT;
}

void PyMem_GetAllocator(PyMemAllocatorDomain domain, PyMemAllocatorEx *allocator) {
    *allocator = is_known(domain) ? pymem_tables[domain] : (PyMemAllocatorEx){.ctx = NULL};
}

void PyMem_SetAllocator(PyMemAllocatorDomain domain, PyMemAllocatorEx *allocator) {
    if (is_known(domain)) {
        pymem_tables[domain] = *allocator;
    }
}

int pymem_tables_equal(const PyMemAllocatorEx *one, const PyMemAllocatorEx *other) {
    return memcmp(one, other, sizeof *one) == 0;
}

void *_PyMem_RawMalloc(void *ctx, size_t size) {
    (void)ctx;
    return malloc(pymem_at_least_1(size));
}

void *_PyMem_RawCalloc(void *ctx, size_t nelem, size_t elsize) {
    (void)ctx;
    return nelem == 0 || elsize == 0 ? calloc(1, 1) : calloc(nelem, elsize);
}

void *_PyMem_RawRealloc(void *ctx, void *ptr, size_t new_size) {
    (void)ctx;
    return realloc(ptr, pymem_at_least_1(new_size));
}

void _PyMem_RawFree(void *ctx, void *ptr) {
    (void)ctx;
    free(ptr);
}

void *_PyObject_Malloc(void *ctx, size_t size) {
    return pymem_current_heap ? py_interpreter_malloc(size) : _PyMem_RawMalloc(ctx, size);
}

void *_PyObject_Calloc(void *ctx, size_t nelem, size_t elsize) {
    return pymem_current_heap ? py_interpreter_calloc(nelem, elsize)
                              : _PyMem_RawCalloc(ctx, nelem, elsize);
}

/* A block stays in its heap. */
void *_PyObject_Realloc(void *ctx, void *ptr, size_t new_size) {
    return ptr ? _PyMem_RawRealloc(ctx, ptr, new_size) : _PyObject_Malloc(ctx, new_size);
}

void _PyObject_Free(void *ctx, void *ptr) {
    (void)ctx;
    free(ptr);
}
