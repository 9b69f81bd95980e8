// SPDX-License-Identifier: MIT
/*
 * The tables of the domains, for the port.
 *
 * Linked only into programs that name a table, an allocator's name, the debug hooks or an interpreter: the
 * entry points refer to pymem_tables weakly, and go straight to malloc where it is not there.
 */
#ifndef OBMALLOC_PY_DOMAINS_H
#define OBMALLOC_PY_DOMAINS_H

#include "obmalloc_heap.h"
#include "pymem.h"

enum { PYMEM_DOMAIN_COUNT = PYMEM_DOMAIN_OBJ + 1 };

extern PyMemAllocatorEx pymem_tables[PYMEM_DOMAIN_COUNT];

/* The return address of the entry point that was called last, for reports: a handler that calls one may
 * change it. */
extern const void *pymem_caller;

/* The heap of the current interpreter; NULL = the main one. */
extern struct obmalloc_heap *pymem_current_heap;

/* From the current heap, where that is not the main one. In the same object as what makes it so. */
void *py_interpreter_malloc(size_t size);
void *py_interpreter_calloc(size_t nelem, size_t elsize);

/* What "malloc" and "pymalloc" are. ctx is not used. */
void *_PyMem_RawMalloc(void *ctx, size_t size);
void *_PyMem_RawCalloc(void *ctx, size_t nelem, size_t elsize);
void *_PyMem_RawRealloc(void *ctx, void *ptr, size_t new_size);
void _PyMem_RawFree(void *ctx, void *ptr);
void *_PyObject_Malloc(void *ctx, size_t size);
void *_PyObject_Calloc(void *ctx, size_t nelem, size_t elsize);
void *_PyObject_Realloc(void *ctx, void *ptr, size_t new_size);
void _PyObject_Free(void *ctx, void *ptr);

#define PYMEM_MALLOC_TABLE                                                                         \
    { NULL, _PyMem_RawMalloc, _PyMem_RawCalloc, _PyMem_RawRealloc, _PyMem_RawFree }
#define PYMEM_PYMALLOC_TABLE                                                                       \
    { NULL, _PyObject_Malloc, _PyObject_Calloc, _PyObject_Realloc, _PyObject_Free }

/* Returns 1 iff the table is the debug hooks' of the domain; then stores the one below. */
int pymem_below_hooks(PyMemAllocatorDomain domain, PyMemAllocatorEx *below);

/* Wraps one table, as PyMem_SetupDebugHooks() does all. */
void pymem_hook_domain(PyMemAllocatorDomain domain);

/* How many blocks the hooks have made or resized; 0 in a library without PYMEM_DEBUG_SERIALNO. */
size_t pymem_debug_serial(void);

/* Returns 1 iff both are the same five words. */
int pymem_tables_equal(const PyMemAllocatorEx *one, const PyMemAllocatorEx *other);

/* malloc(0) may be NULL, and realloc(p, 0) may free, with one C library or the other. */
static inline size_t pymem_at_least_1(size_t size) {
    return size + (size == 0);
}

#endif
