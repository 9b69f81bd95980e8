// SPDX-License-Identifier: MIT
/* The domain of objects, where the pools' memory comes from, and what is in them. */
#ifndef Py_OBJIMPL_H
#define Py_OBJIMPL_H

#include <stdio.h>

#include "pyport.h"
#include "pystate.h"

#ifdef __cplusplus
extern "C" {
#endif

/* As PyMem_Malloc and so on (pymem.h). */
void *PyObject_Malloc(size_t size);
void *PyObject_Calloc(size_t nelem, size_t elsize);
void *PyObject_Realloc(void *ptr, size_t new_size);
void PyObject_Free(void *ptr);

#define PyObject_MALLOC  PyObject_Malloc
#define PyObject_REALLOC PyObject_Realloc
#define PyObject_FREE    PyObject_Free
#define PyObject_Del     PyObject_Free
#define PyObject_DEL     PyObject_Free

/* ---- arenas ---------------------------------------------------------------------------------- */

typedef struct {
    void *ctx;
    void *(*alloc)(void *ctx, size_t size); /* NULL = none */
    void (*free)(void *ctx, void *ptr, size_t size);
} PyObjectArenaAllocator;

/* Where an interpreter with pools of its own gets its one arena, and whom it gives it back to. The main
 * one's arena is the linker's and never asked for. Until a program sets another, nobody has arenas: alloc
 * returns NULL. An arena has the bytes that -Wl,--defsym=__obmalloc_interpreter_bytes=N says, a multiple of
 * 8, 4096 by default; is aligned to 8; and lies outside of the dynamic memory (obmalloc_heap_create says
 * what else it must be). Set it while no interpreter has an arena of the former. */
void PyObject_GetArenaAllocator(PyObjectArenaAllocator *allocator);
void PyObject_SetArenaAllocator(PyObjectArenaAllocator *allocator);

/* ---- statistics ------------------------------------------------------------------------------ */

/* Writes what the current interpreter's arena holds, in CPython's format, without the fields that do not
 * exist here. Returns 1, or 0 iff nothing is written: the object domain is not the pools', or the C library
 * serves. Ends in Py_FatalError where the rows do not add up to the arena. Cost: walks the arena, then
 * writes; takes 900 bytes of stack. Nothing else may use the arena meanwhile. */
int _PyObject_DebugMallocStats(FILE *out);

/* Live blocks, of any size: in all heaps, also those that the firmware has made and those that outlive
 * their interpreter; and in the heap of one interpreter, the main one's if it shares that. Under
 * use_main_obmalloc = 0 those of the main heap are not counted. Cost: walks the main arena. */
Py_ssize_t _Py_GetGlobalAllocatedBlocks(void);
#define _Py_GetAllocatedBlocks() _Py_GetGlobalAllocatedBlocks()
Py_ssize_t _PyInterpreterState_GetAllocatedBlocks(PyInterpreterState *interp);

#ifdef __cplusplus
}
#endif

#endif
