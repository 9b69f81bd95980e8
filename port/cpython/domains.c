// SPDX-License-Identifier: MIT
/*
 * The entry points of the three domains.
 *
 * Without tables each ends in a call of malloc and so on, a tail call on ARMv7-M and up: their reports of
 * misuse then name the program's own return address, on ARMv6-M one in here. With tables it is noted for
 * the debug hooks: what stands in a table has no parameter for it, and may be called by another table.
 */
#include <stdlib.h>

#include "objimpl.h"
#include "py_domains.h"

extern PyMemAllocatorEx pymem_tables[PYMEM_DOMAIN_COUNT] __attribute__((weak));
extern const void *pymem_caller __attribute__((weak));

#define INLINE static inline __attribute__((always_inline))

INLINE int tables_are_linked(void) {
    return (void *)pymem_tables != NULL;
}

/* Inlined into the entry point, so that the address is that of its caller. */
INLINE const PyMemAllocatorEx *table_of(PyMemAllocatorDomain domain) {
    pymem_caller = __builtin_return_address(0);
    return &pymem_tables[domain];
}

INLINE void *domain_malloc(PyMemAllocatorDomain domain, size_t size) {
    if (size > (size_t)PY_SSIZE_T_MAX) {
        return NULL;
    }
    if (!tables_are_linked()) {
        return malloc(pymem_at_least_1(size));
    }
    const PyMemAllocatorEx *table = table_of(domain);
    return table->malloc(table->ctx, size);
}

INLINE void *domain_calloc(PyMemAllocatorDomain domain, size_t nelem, size_t elsize) {
    size_t product;
    if (__builtin_mul_overflow(nelem, elsize, &product) || product > (size_t)PY_SSIZE_T_MAX) {
        return NULL;
    }
    if (!tables_are_linked()) {
        return product == 0 ? calloc(1, 1) : calloc(nelem, elsize);
    }
    const PyMemAllocatorEx *table = table_of(domain);
    return table->calloc(table->ctx, nelem, elsize);
}

INLINE void *domain_realloc(PyMemAllocatorDomain domain, void *ptr, size_t new_size) {
    if (new_size > (size_t)PY_SSIZE_T_MAX) {
        return NULL;
    }
    if (!tables_are_linked()) {
        return realloc(ptr, pymem_at_least_1(new_size));
    }
    const PyMemAllocatorEx *table = table_of(domain);
    return table->realloc(table->ctx, ptr, new_size);
}

INLINE void domain_free(PyMemAllocatorDomain domain, void *ptr) {
    if (!tables_are_linked()) {
        free(ptr);
        return;
    }
    const PyMemAllocatorEx *table = table_of(domain);
    table->free(table->ctx, ptr);
}

void *PyMem_RawMalloc(size_t size) {
    return domain_malloc(PYMEM_DOMAIN_RAW, size);
}

void *PyMem_RawCalloc(size_t nelem, size_t elsize) {
    return domain_calloc(PYMEM_DOMAIN_RAW, nelem, elsize);
}

void *PyMem_RawRealloc(void *ptr, size_t new_size) {
    return domain_realloc(PYMEM_DOMAIN_RAW, ptr, new_size);
}

void PyMem_RawFree(void *ptr) {
    domain_free(PYMEM_DOMAIN_RAW, ptr);
}

void *PyMem_Malloc(size_t size) {
    return domain_malloc(PYMEM_DOMAIN_MEM, size);
}

void *PyMem_Calloc(size_t nelem, size_t elsize) {
    return domain_calloc(PYMEM_DOMAIN_MEM, nelem, elsize);
}

void *PyMem_Realloc(void *ptr, size_t new_size) {
    return domain_realloc(PYMEM_DOMAIN_MEM, ptr, new_size);
}

void PyMem_Free(void *ptr) {
    domain_free(PYMEM_DOMAIN_MEM, ptr);
}

void *PyObject_Malloc(size_t size) {
    return domain_malloc(PYMEM_DOMAIN_OBJ, size);
}

void *PyObject_Calloc(size_t nelem, size_t elsize) {
    return domain_calloc(PYMEM_DOMAIN_OBJ, nelem, elsize);
}

void *PyObject_Realloc(void *ptr, size_t new_size) {
    return domain_realloc(PYMEM_DOMAIN_OBJ, ptr, new_size);
}

void PyObject_Free(void *ptr) {
    domain_free(PYMEM_DOMAIN_OBJ, ptr);
}
