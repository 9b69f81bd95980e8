// SPDX-License-Identifier: MIT
/*
 * The three domains: PyMem_Raw* for memory of no interpreter, PyMem_* and PyObject_* for memory of the
 * current one. Each goes through a table of four functions that a program may replace.
 *
 * What serves, as long as nobody replaces it:
 *   raw         the firmware's malloc, whatever use_main_obmalloc makes of that. CPython's is the
 *               system's allocator, which has no memory here where the arena is the whole region
 *   mem, obj    the same, or the pools of the current interpreter if it has its own (pystate.h); larger
 *               requests too, which CPython hands to raw
 *
 * For all: sizes in bytes; a size of 0 is as 1; blocks are aligned to 8. NULL iff there is no memory, or
 * the size, or the product, is above PY_SSIZE_T_MAX: the table is not asked then. realloc of NULL is
 * malloc, free of NULL nothing. A block must go back to the domain that it came from; the debug hooks
 * tell when it does not.
 * Costs: a program that never names a table, an interpreter or the debug hooks links none of them,
 * and a call is 9 instructions at most longer than the malloc or free behind it, 12 on ARMv6-M.
 * Threads and interrupts: as malloc (port/lock.h). The tables themselves are not locked: set them before
 * others allocate.
 */
#ifndef Py_PYMEM_H
#define Py_PYMEM_H

#include "initconfig.h"
#include "pyport.h"

#ifdef __cplusplus
extern "C" {
#endif

void *PyMem_RawMalloc(size_t size);
void *PyMem_RawCalloc(size_t nelem, size_t elsize);
void *PyMem_RawRealloc(void *ptr, size_t new_size);
void PyMem_RawFree(void *ptr);

void *PyMem_Malloc(size_t size);
void *PyMem_Calloc(size_t nelem, size_t elsize);
void *PyMem_Realloc(void *ptr, size_t new_size);
void PyMem_Free(void *ptr);

/* Of a string with its terminating 0. */
char *_PyMem_RawStrdup(const char *str);
char *_PyMem_Strdup(const char *str);

/* n elements of a type; NULL iff the product is above PY_SSIZE_T_MAX or there is no memory. */
#define PyMem_New(type, n)                                                                         \
    ((size_t)(n) > PY_SSIZE_T_MAX / sizeof(type)                                                   \
         ? (type *)NULL                                                                            \
         : (type *)PyMem_Malloc((size_t)(n) * sizeof(type)))

/* Assigns to p in any case, NULL on failure: keep the old value to free the block then. */
#define PyMem_Resize(p, type, n)                                                                   \
    ((p) = (size_t)(n) > PY_SSIZE_T_MAX / sizeof(type)                                             \
               ? (type *)NULL                                                                      \
               : (type *)PyMem_Realloc((p), (size_t)(n) * sizeof(type)))

#define PyMem_Del(p)             PyMem_Free(p)
#define PyMem_MALLOC(n)          PyMem_Malloc(n)
#define PyMem_NEW(type, n)       PyMem_New(type, n)
#define PyMem_REALLOC(p, n)      PyMem_Realloc((p), (n))
#define PyMem_RESIZE(p, type, n) PyMem_Resize((p), type, (n))
#define PyMem_FREE(p)            PyMem_Free(p)
#define PyMem_DEL(p)             PyMem_Free(p)

/* ---- tables ---------------------------------------------------------------------------------- */

typedef enum { PYMEM_DOMAIN_RAW, PYMEM_DOMAIN_MEM, PYMEM_DOMAIN_OBJ } PyMemAllocatorDomain;

/* Each function gets ctx first, and sizes that are not above PY_SSIZE_T_MAX but may be 0. */
typedef struct {
    void *ctx;
    void *(*malloc)(void *ctx, size_t size);
    void *(*calloc)(void *ctx, size_t nelem, size_t elsize);
    void *(*realloc)(void *ctx, void *ptr, size_t new_size);
    void (*free)(void *ctx, void *ptr);
} PyMemAllocatorEx;

/* Stores the domain's table; NULL in all fields for an unknown domain. */
void PyMem_GetAllocator(PyMemAllocatorDomain domain, PyMemAllocatorEx *allocator);

/* Replaces the domain's table from the next call on; nothing happens for an unknown domain. Blocks that
 * the old one served come to the new one. */
void PyMem_SetAllocator(PyMemAllocatorDomain domain, PyMemAllocatorEx *allocator);

/* ---- debug hooks ----------------------------------------------------------------------------- */

#define PYMEM_CLEANBYTE     0xCD /* of a new block */
#define PYMEM_DEADBYTE      0xDD /* of a freed one */
#define PYMEM_FORBIDDENBYTE 0xFD /* around a block */

/* Wraps the three tables, whatever they are, once. A block then costs 12 bytes more, 16 in a library built
 * with PYMEM_DEBUG_SERIALNO; with S = 4:
 *
 *   p[-2*S:-S]    the size asked for, big-endian
 *   p[-S]         'r', 'm' or 'o': the domain
 *   p[-S+1:0]     0xFD
 *   p[0:n]        the block, of 0xCD (calloc: of 0), when freed of 0xDD
 *   p[n:n+S]      0xFD
 *   p[n+S:n+2*S]  with PYMEM_DEBUG_SERIALNO: the number of the call that made the block, big-endian
 *
 * realloc and free check this and end with Py_FatalError's report (pyerrors.h), CPython's words, if it
 * does not hold. On top of what CPython checks, of blocks that this port serves:
 *   double free   the block is free already, or what is in front of it is dead
 *   other heap    a block of one interpreter's pools that is given back to those of another
 * CPython's check of the GIL is one of the CPU here: mem and obj are not for interrupt handlers.
 * Blocks from before are taken for damaged ones: call it before the first allocation. */
void PyMem_SetupDebugHooks(void);

/* Returns 1 iff all bytes of the pointer are those of a new, dead or forbidden one, or it is NULL. */
static inline int _PyMem_IsPtrFreed(const void *ptr) {
    uintptr_t value = (uintptr_t)ptr;
    uintptr_t ones = UINTPTR_MAX / 0xFF;
    return value == 0 || value == ones * PYMEM_CLEANBYTE || value == ones * PYMEM_DEADBYTE ||
           value == ones * PYMEM_FORBIDDENBYTE;
}

/* ---- allocators by name ---------------------------------------------------------------------- */

typedef enum {
    PYMEM_ALLOCATOR_NOT_SET = 0,
    PYMEM_ALLOCATOR_DEFAULT = 1,
    PYMEM_ALLOCATOR_DEBUG = 2,
    PYMEM_ALLOCATOR_MALLOC = 3,
    PYMEM_ALLOCATOR_MALLOC_DEBUG = 4,
    PYMEM_ALLOCATOR_PYMALLOC = 5,
    PYMEM_ALLOCATOR_PYMALLOC_DEBUG = 6,
} PyMemAllocatorName;

/* Stores the allocator of a name as PYTHONMALLOC has them: default, debug, malloc, malloc_debug, pymalloc,
 * pymalloc_debug; NULL and "" are default. Returns 0, or -1 iff there is no such name. */
int _PyMem_GetAllocatorName(const char *name, PyMemAllocatorName *allocator);

/* Sets all three tables: malloc = the firmware's malloc for all, pymalloc = what the head of this file
 * says, _debug and debug = with the debug hooks. NOT_SET changes nothing. Returns 0, or -1 iff there is no
 * such allocator. */
int _PyMem_SetupAllocators(PyMemAllocatorName allocator);

/* Returns "malloc", "malloc_debug", "pymalloc" or "pymalloc_debug", or NULL iff a table is another. */
const char *_PyMem_GetCurrentAllocatorName(void);

/* PYTHONMALLOC, from the link line: -Wl,--defsym=__PYTHONMALLOC=N, N as in PyMemAllocatorName; and, which
 * wins, from this optional hook of the board, weak: copies the name, with a terminating 0, and returns its
 * length; 0 = none. A name that does not fit: as much of it as fits. The config word has no room for it.
 * Py_InitializeFromConfig() asks, and refuses a name that does not exist; and any but default where the
 * program does not link the tables: name _PyMem_SetupAllocators, or link with -Wl,-u,_PyMem_SetupAllocators. */
size_t obmalloc_boot_allocator(char *name, size_t name_bytes) __attribute__((weak));

#ifdef __cplusplus
}
#endif

#endif
